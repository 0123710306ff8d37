"""The manifest: valid for Microsoft's schema, and in all that the schema does not see."""

import json
import subprocess
from urllib.parse import urlsplit

import pytest

from backend.models.manifests import addin_id
from backend.web import addin
from tests.addin import manifest_lint
from tests.addin.manifest_lint import Manifest, faults
from tests.processes import ROOT
from tests.world import SECRET

CONVERT = [ROOT / ".venv/bin/node", ROOT / "tests/addin/convert_manifest.mjs"]
EVENTS_JS = (ROOT / "addin/static/events.js").read_text()
WHERE = (
    ("a host of its own", "https://telltale.example.com"),
    ("a port and a path", "https://mail.example.com:8443/tools/telltale"),
)


def text_of(app, url=WHERE[0][1], number=7):
    given = app.config["SETTINGS"].model_copy(update={"public_url": url})
    with app.app_context():
        return addin.rendered(given, number)


@pytest.mark.parametrize(("why", "url"), WHERE)
def test_microsofts_schema_takes_it(app, why, url):
    done = subprocess.run(CONVERT, input=text_of(app, url), capture_output=True, text=True)

    assert json.loads(done.stdout) == {"version": "1.0.7", "errors": []}, (why, done.stderr)


@pytest.mark.parametrize(
    ("why", "old", "new"),
    [
        ("a resource that is not there", 'resid="Pane.Html"', 'resid="Pain.Html"'),
        ("a relative address", "https://telltale.example.com/addin/taskpane.html", "taskpane.html"),
    ],
)
def test_it_does_not_take_everything(app, why, old, new):
    text = text_of(app)
    assert old in text

    done = subprocess.run(CONVERT, input=text.replace(old, new), capture_output=True, text=True)

    assert done.returncode != 0 or json.loads(done.stdout)["errors"], why


@pytest.mark.req("R3")
@pytest.mark.parametrize(("why", "url"), WHERE)
def test_the_lint_finds_nothing(app, why, url):
    assert faults(Manifest(text_of(app, url)), EVENTS_JS) == [], why


@pytest.mark.parametrize(
    ("why", "old", "new"),
    [
        ("an address on http", "https://telltale", "http://telltale"),
        ("a relative address", "https://telltale.example.com/addin/events.js", "events.js"),
        ("a resource that is not there", 'resid="Pane.Html"', 'resid="Pain.Html"'),
        ("a slash behind the domain", ".com</AppDomain>", ".com/</AppDomain>"),
        ("a size that is missing", '<bt:Image size="80" resid="Icon.80"/>', ""),
        ("an event there is not", "OnMessageFromChanged", "OnMessageFromSwitched"),
        ("two handlers of a send", 'Type="OnMessageFromChanged"', 'Type="OnMessageSend"'),
        ("a send that is blocked", "PromptUser", "Block"),
        ("another page for the events", '<Runtime resid="Events.Html">', '<Runtime resid="Name">'),
        ("a function nobody knows", "switchTracking", "switchTrackers"),
        ("a picture that is not there", "icon-80.png", "icon-81.png"),
        ("a picture of another size", 'size="80" resid="Icon.80"', 'size="80" resid="Icon.32"'),
        ("a phone's of another size", 'scale="3" resid="Mobile.25.3"', 'scale="3" resid="Icon.80"'),
        ("the list's of another size", "icon-64.png", "icon-32.png"),
        ("the list's large one", "icon-128.png", "icon-64.png"),
        ("a resource's id of 33 letters", "Pane.Html", "P" * 33),
        ("a version that is none", "1.0.7.0", "seven"),
        ("a long description", "invisible picture", "invisible picture " * 15),
    ],
)
def test_the_lint_finds_what_the_schema_does_not(app, why, old, new):
    text = text_of(app)
    assert old in text

    assert faults(Manifest(text.replace(old, new)), EVENTS_JS) != [], why


def test_a_picture_says_its_true_size():
    assert manifest_lint.size_of("assets/icon-128.png") == "128"


def test_it_is_served_with_a_version_that_rises_when_it_changes(app, client, settings):
    first = Manifest(client.get("/addin/manifest.xml").text)
    again = Manifest(client.get("/addin/manifest.xml").text)
    moved = settings.model_copy(update={"public_url": "https://new.example.com"})
    app.config["SETTINGS"] = moved
    second = Manifest(client.get("/addin/manifest.xml").text)
    app.config["SETTINGS"] = settings
    third = Manifest(client.get("/addin/manifest.xml").text)

    versions = [next(each.all("Version")).text for each in (first, again, second, third)]
    ids = {next(each.all("Id")).text for each in (first, again, second, third)}
    assert versions == ["1.0.1.0", "1.0.1.0", "1.0.2.0", "1.0.3.0"]
    assert ids == {addin_id(SECRET)}


def test_another_installation_is_another_add_in():
    assert addin_id("one") != addin_id("two")


def test_the_well_known_file_names_the_manifests_handler(app, client):
    told = client.get("/.well-known/microsoft-officeaddins-allowed.json").json
    manifest = Manifest(client.get("/addin/manifest.xml").text)

    (override,) = {each.get("resid") for each in manifest.all("Override") if each.get("resid")}
    assert manifest.urls()[override] == set(told["allowed"])


def test_the_script_of_the_well_known_file_may_call_us_with_and_without_a_slash(client):
    (script,) = client.get("/.well-known/microsoft-officeaddins-allowed.json").json["allowed"]
    parts = urlsplit(script)

    for origin in (f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.netloc}/"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = client.options("/api/v1/stamps", headers=asked)
        assert answer.headers["Access-Control-Allow-Origin"] == origin


def test_each_language_says_what_is_inserted_and_when(app):
    (description, *_) = Manifest(text_of(app)).all("Description")

    assert "invisible picture" in description.get("DefaultValue", "")
    assert "unsichtbares Bild" in description[0].get("Value", "")


XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
BUTTONS = {"ShowTaskpane", "ExecuteFunction"}
DESKTOP = [
    ("OnNewMessageCompose", None),
    ("OnMessageCompose", None),
    ("OnMessageRecipientsChanged", None),
    ("OnMessageFromChanged", None),
    ("OnMessageSend", "PromptUser"),
]
PHONE = [DESKTOP[0], DESKTOP[2], DESKTOP[3]]
VERSION_1 = "{http://schemas.microsoft.com/office/mailappversionoverrides}"
VERSION_1_1 = "{http://schemas.microsoft.com/office/mailappversionoverrides/1.1}"


def points(part):
    return {point.get(XSI): point for point in part.iter() if point.tag.endswith("ExtensionPoint")}


def actions(point):
    return {each.get(XSI) for each in point.iter() if each.tag.endswith("}Action")}


def launched(point):
    events = [each for each in point.iter() if each.tag.endswith("}LaunchEvent")]
    return [(each.get("Type"), each.get("SendMode")) for each in events]


@pytest.mark.parametrize(
    ("why", "version", "of_draft", "pins"),
    [
        ("an Outlook of today", VERSION_1_1, BUTTONS, ["true", "true"]),
        ("an old one, whose schema knows no pin", VERSION_1, {"ShowTaskpane"}, []),
    ],
)
def test_both_surfaces_have_the_pane_and_today_it_can_be_pinned(app, why, version, of_draft, pins):
    (desktop,) = Manifest(text_of(app)).root.iter(f"{version}DesktopFormFactor")
    read = points(desktop)["MessageReadCommandSurface"]
    compose = points(desktop)["MessageComposeCommandSurface"]

    assert (actions(read), actions(compose)) == ({"ShowTaskpane"}, of_draft), why
    assert [each.text for each in desktop.iter(f"{version}SupportsPinning")] == pins


def test_every_event_that_stamping_needs_is_asked_for_and_the_send_asks_its_user(app):
    manifest = Manifest(text_of(app))
    (desktop,) = manifest.root.iter(f"{VERSION_1_1}DesktopFormFactor")
    (phone,) = manifest.root.iter(f"{VERSION_1_1}MobileFormFactor")

    assert launched(points(desktop)["LaunchEvent"]) == DESKTOP
    assert launched(points(phone)["LaunchEvent"]) == PHONE, "no phone has an event at send"
    assert [each.text for each in manifest.all("ExtendedPermission")] == ["AppendOnSend"]
    assert {each.text for each in manifest.all("Permissions")} == {"ReadWriteItem"}


def test_an_old_outlook_has_the_panel_too(app):
    manifest = Manifest(text_of(app))

    sets = {each.get("MinVersion") for each in manifest.all("Set")} - {None}
    defaults = {each.get("DefaultMinVersion") for each in manifest.all("Sets")} - {None}
    assert (sets, defaults) == ({"1.5"}, {"1.5"}), "what a client knows is asked as it runs"
