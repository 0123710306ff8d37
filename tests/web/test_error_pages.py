"""Errors as pages for browsers, also while the database is away, and as problems for programs."""

import pytest

from backend.models.access import issue_signin_link

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# What Chromium 150 asks a page with: a kind with parameters counts as the narrowest.
CHROMIUM = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
}


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_an_address_with_nothing_at_it_is_a_page_for_a_browser(client, world):
    page = client.get("/nothing", headers=BROWSER)
    german = client.get("/nothing", headers=BROWSER | {"Accept-Language": "de"})
    program = client.get("/nothing")
    of_the_api = client.get("/api/v1/nothing", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>Not found</h1>" in page.text
    assert "<h1>Nicht gefunden</h1>" in german.text
    assert program.mimetype == of_the_api.mimetype == "application/problem+json"


@pytest.mark.parametrize("browser", [BROWSER, CHROMIUM], ids=["another", "chromium"])
def test_every_browser_sees_pages_and_is_led_to_the_sign_in(client, world, browser):
    missing = client.get("/consol/feed", headers=browser)
    strange = client.get("/console/mail/abc", headers=browser)
    signed_out = client.get("/console/feed", headers=browser)

    assert (missing.status_code, missing.mimetype) == (404, "text/html")
    assert (strange.status_code, strange.mimetype) == (404, "text/html")
    assert (signed_out.status_code, signed_out.headers["Location"]) == (303, "/signin")


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/console/feed/", "/console/feed"),
        ("/console/people//", "/console/people"),
        ("/console/sent/?q=a%20b", "/console/sent?q=a%20b"),
        ("/console/nothing/", None),
        ("//elsewhere.test/console/feed/", None),
        ("/api/v1/feed/", None),
    ],
)
def test_a_slash_too_many_leads_to_the_page_that_was_meant(client, world, asked, location):
    path, _, query = asked.partition("?")
    sent_as_it_is = {"PATH_INFO": path, "QUERY_STRING": query}
    answer = client.get("/", headers=CHROMIUM, environ_overrides=sent_as_it_is)

    assert answer.headers.get("Location") == location
    assert answer.status_code == (302 if location else 404)


def test_while_the_database_is_away_a_browser_sees_a_page_and_its_styles(client, world, settings):
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    away = settings.main_db.with_suffix(".away")
    client.application.extensions["store"].close_all()
    settings.main_db.rename(away)
    settings.main_db.mkdir()  # which cannot be opened as a database
    try:
        page = client.get("/console/feed", headers=BROWSER)
        file = client.get(client.application.extensions["files"].address("console.css"))
        program = client.get("/api/v1/feed", headers=BROWSER)
    finally:
        settings.main_db.rmdir()
        away.rename(settings.main_db)

    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "<h1>Unavailable for now</h1>" in page.text
    assert file.status_code == 200
    assert (program.status_code, program.mimetype) == (503, "application/problem+json")
