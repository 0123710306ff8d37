"""The add-in's files: framed by Outlook alone, kept by caches, there while the database is away."""

import hashlib
import re

import pytest

from backend import db
from backend.app import create_app
from backend.settings import Settings
from tests.fakes.entra import CLIENT_ID, FOREIGN, TENANT
from tests.waiting import free_port
from tests.world import SECRET

# Source: lib/msal-browser.min.js of npm @azure/msal-browser 5.29.0 (2026-11-06).
MSAL_SHA256 = "1b20f9bfbabb2e33801042563761794b7818aa774606e4ed1ccb1ada6a18ce03"
PAGES = ("/addin/taskpane.html", "/addin/events.html")
# Source: "cloud.microsoft" domains (learn.microsoft.com, 2026); Microsoft has no list for this.
OUTLOOKS = [
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "https://outlook.live.com",
    "https://outlook.cloud.microsoft",
]


@pytest.fixture(scope="module")
def database_url():
    return ""


def policy_of(answer):
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, *sources in (part.split() for part in parts)}


@pytest.mark.parametrize("path", PAGES)
def test_outlook_may_frame_the_pages(client, path):
    answer = client.get(path)

    assert policy_of(answer)["frame-ancestors"] == ["'self'", *OUTLOOKS]
    assert "X-Frame-Options" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/signin", "/", "/console/feed", "/api/v1/feed", "/pair", "/addin/manifest.xml", "/x"]
)
def test_nobody_may_frame_anything_else(client, as_alice, path):
    answer = client.get(path, headers=as_alice)

    assert policy_of(answer)["frame-ancestors"] == ["'none'"]
    assert "X-Frame-Options" not in answer.headers, "new Outlook looks at the root for it"


@pytest.mark.parametrize("path", PAGES)
def test_only_our_scripts_and_offices_own_run(client, path):
    policy = policy_of(client.get(path))

    assert policy["script-src"] == [
        "'self'",
        "https://appsforoffice.microsoft.com",
        "https://ajax.aspnetcdn.com",
    ]
    assert policy["connect-src"] == ["'self'"]
    assert policy["default-src"] == policy["object-src"] == ["'none'"]
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize(
    ("why", "tenants", "where"),
    [
        ("its only tenant", f"{TENANT}", TENANT),
        ("whichever of several", f"{TENANT} {FOREIGN}", "organizations"),
    ],
)
def test_with_an_entra_app_the_panel_learns_it_and_may_do_no_more(
    client, settings, store, why, tenants, where
):
    without = client.get("/addin/taskpane.html")
    named = {"entra_client_id": CLIENT_ID, "entra_tenants": tenants}
    app = create_app(settings.model_copy(update=named))

    answer = app.test_client().get("/addin/taskpane.html")

    app.extensions["store"].close_all()
    db.database.initialize(store)
    at = f"https://login.microsoftonline.com/{where}"
    assert f'data-entra="{CLIENT_ID} {at}"' in answer.text, why
    assert 'data-entra=""' in without.text
    # msal asks Outlook over its bridge, so no address of Microsoft's is opened to the page.
    assert policy_of(answer) == policy_of(without)


def test_microsofts_library_goes_out_as_npm_has_it_with_its_licence(client):
    script = client.get("/addin/v/x/addin/static/vendor/msal-browser.min.js")
    licence = client.get("/addin/v/x/addin/static/vendor/msal-browser.LICENSE.txt")

    assert hashlib.sha256(script.data).hexdigest() == MSAL_SHA256
    assert "MIT License" in licence.text


def test_a_sovereign_cloud_is_named_by_a_setting(settings, store):
    host = "https://outlook.office365.us"
    app = create_app(settings.model_copy(update={"outlook_hosts": host}))

    policy = policy_of(app.test_client().get("/addin/taskpane.html"))

    app.extensions["store"].close_all()
    db.database.initialize(store)
    assert policy["frame-ancestors"] == ["'self'", host]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_asked_for_again_only_when_it_changed(client, path):
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert "stale-if-error" in first.headers["Cache-Control"]


def test_every_script_and_style_of_the_pages_is_there_and_kept_for_a_year(client):
    found = re.findall(r'(?:src|href)="(v/[^"]+)"', client.get("/addin/taskpane.html").text)
    found += re.findall(r'(?:src|href)="(v/[^"]+)"', client.get("/addin/events.html").text)

    assert len(found) > 2
    for name in found:
        answer = client.get(f"/addin/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    [
        "/addin/v/x/addin/static/nothing.js",
        "/addin/v/x/backend/static/app.py",
        "/addin/v/x/addin/static/..%2f..%2fmanifest.xml",
        "/addin/v/x/console/static/%2e%2e/%2e%2e/backend/app.py",
        "/addin/assets/nothing.png",
        "/addin/assets/%00",
        "/addin/manifest",
    ],
)
def test_there_is_nothing_else(client, name):
    assert client.get(name).status_code in {404, 405}


def test_the_panel_finds_the_feeds_own_modules_beside_its_own(client):
    words = client.get("/addin/v/x/console/static/words/en.json")

    assert words.json["outlook.pair.title"] == "Connect Outlook"
    assert words.headers["Cache-Control"] == "no-cache", "at the address of another tree"


def test_everything_is_answered_while_the_database_is_away(tmp_path, store):
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    app = create_app(Settings(data_dir=tmp_path, secret=SECRET, database_url=away))
    browser = app.test_client()
    browser.set_cookie("telltale_session", "a session that nobody can look up now")
    paths = (*PAGES, "/addin/events.js", "/addin/assets/icon-64.png", "/addin/help.html")

    statuses = [browser.get(path).status_code for path in paths]
    kept = re.findall(r'(?:src|href)="(v/[^"]+)"', browser.get(PAGES[0]).text)
    scripts = {browser.get(f"/addin/{name}").status_code for name in kept}
    told = browser.get("/.well-known/microsoft-officeaddins-allowed.json")
    manifest = browser.get("/addin/manifest.xml")

    app.extensions["store"].close_all()
    db.database.initialize(store)
    assert statuses == [200, 200, 200, 200, 303]
    assert scripts == {200}
    assert told.status_code == 200
    assert manifest.status_code == 503
