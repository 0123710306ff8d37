"""The admin connects a provider: a wrong set-up is named, mended, and tried with a mailbox."""

import html
import json
import re
from functools import partial

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.access import connections
from backend.models.gmail_notices import GmailNotices
from backend.models.mailboxes import Connection, Mailbox
from backend.models.secrets import Secret
from backend.providers import probe
from gmail_addon import deployment
from tests.access.test_gmail_notices import watched
from tests.capture.letters import half_filled
from tests.fakes.provider import CLIENT_ID, SECRET, TENANT, Person
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC
from tests.screens import signed_in
from tests.web.travelling import PUBLIC_URL

BOTH = ("google", "microsoft")
OPENID = {"openid", "profile"}  # which no console asks to be added
ELSEWHERE = TENANT.replace("1", "9")
LIST = "/console/admin/connections"


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


def form_of(name, **changes):
    tenant = TENANT if name == "microsoft" else "ours.test"
    return {"client_id": CLIENT_ID, "tenant": tenant, "secret": SECRET, **changes}


@pytest.mark.req("R79")
@pytest.mark.parametrize("name", BOTH)
def test_a_wrong_redirect_address_is_named_then_mended_and_a_mailbox_tried(travel, name):
    ada, here = travel.browser("ada"), f"{LIST}/{name}"
    travel.provider.redirect_uris = {"https://old.example.test/callback"}
    assert f"{PUBLIC_URL}/oauth/{name}" in ada.get(here).text
    assert ada.post(here, **form_of(name)).headers["Location"] == f"{here}?done=keys"

    wrong = ada.post(f"{here}/test")
    assert wrong.status_code == 422
    assert "does not know this redirect address" in wrong.text
    assert Connection.get().state == connections.State.FAULTY

    travel.provider.redirect_uris = {f"{PUBLIC_URL}/oauth/{name}"}
    assert ada.post(f"{here}/test").headers["Location"] == f"{here}?done=test"
    tried = travel.round_trip(ada.client, ada.post(f"{here}/pilot"))

    assert tried.headers["Location"] == f"{here}?done=pilot"
    assert "alice@ours.test" in ada.get(here).text
    assert Mailbox.select().count() == 0
    assert Secret.select().where(Secret.owner_type != "connection").count() == 0


@pytest.mark.parametrize("name", BOTH)
def test_a_wrong_secret_is_named(travel, name):
    ada = travel.browser("ada")
    travel.provider.redirect_uris = {f"{PUBLIC_URL}/oauth/{name}"}
    ada.post(f"{LIST}/{name}", **form_of(name, secret="wrong"))

    assert "does not know this client id with this secret" in ada.post(f"{LIST}/{name}/test").text


@pytest.mark.parametrize("name", BOTH)
def test_every_scope_that_is_asked_for_is_shown_with_its_reason(travel, name):
    page = html.unescape(travel.browser("ada").get(f"{LIST}/{name}").text)

    shown = dict(re.findall(r"<dt><code>(.+?)</code></dt><dd>(.+?)</dd>", page))

    (book,) = probe.BOOK_SCOPES[name]
    assert {*probe.SCOPES[name], *probe.LOOP_SCOPES[name], book} - OPENID <= shown.keys()
    assert all(len(reason) > 20 for reason in shown.values())
    assert "Reads the address book of those who switch that on for themselves" in shown[book]


@pytest.mark.parametrize("name", BOTH)
def test_the_secret_is_written_only(travel, name):
    ada, here = travel.browser("ada"), f"{LIST}/{name}"
    ada.post(here, **form_of(name))

    assert SECRET not in ada.get(here).text
    assert SECRET not in travel.kept()
    ada.post(here, **form_of(name, secret="", client_id="another-client"))
    safe = travel.app.extensions["safe"]
    assert safe.get(connections.owner(Connection.get()), connections.KEPT_AS) == SECRET
    assert Connection.get().client_id == "another-client"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("google", {"client_id": ""}),
        ("google", {"client_id": "two words"}),
        ("google", {"tenant": "https://ours.test/"}),
        ("google", {"secret": "x" * 5000}),
        ("microsoft", {"tenant": "ours.test"}),
        ("microsoft", {"tenant": ""}),
    ],
)
def test_what_cannot_be_is_named_and_not_kept(travel, name, changes):
    answer = travel.browser("ada").post(f"{LIST}/{name}", **form_of(name, **changes))

    assert answer.status_code == 422
    assert Connection.select().count() == 0


def test_before_there_are_keys_there_is_nothing_to_test(travel):
    ada = travel.browser("ada")

    assert ada.post(f"{LIST}/google/test").status_code == 422
    assert ada.post(f"{LIST}/google/pilot").status_code == 422
    assert "Not set up" in ada.get(LIST).text


def declined(provider):
    provider.person = Person(declines=True)


def left_to_admins(provider):
    provider.lets_users_consent = False


def of_another(provider):
    provider.person = Person(tenant=ELSEWHERE, domain="theirs.test")


def of_another_at_an_internal_app(provider):
    provider.is_internal = True
    of_another(provider)


def api_off(provider):
    provider.directory.apis.clear()


@pytest.mark.parametrize(
    ("name", "set_up_wrongly", "said", "code"),
    [
        ("google", declined, "Consent was not given", "access_denied"),
        ("microsoft", declined, "Consent was not given", "AADSTS65004"),
        ("google", left_to_admins, "has to allow this app", "admin_policy_enforced"),
        ("microsoft", left_to_admins, "has to allow this app", "AADSTS90094"),
        ("google", of_another, "another organisation", ""),
        ("microsoft", of_another, "another organisation", ""),
        ("google", of_another_at_an_internal_app, "accounts only", "org_internal"),
        ("google", api_off, "Switch on the Gmail API", "accessNotConfigured"),
    ],
)
def test_each_wrong_set_up_stops_the_pilot_and_is_told_with_its_mending(
    travel, name, set_up_wrongly, said, code
):
    travel.connect(name)
    ada = travel.browser("ada")
    set_up_wrongly(travel.provider)

    page = travel.round_trip(ada.client, ada.post(f"{LIST}/{name}/pilot"))

    assert page.status_code == 422
    assert said in page.text
    assert re.findall(r"What the provider said: <code>(.+?)</code>", page.text) == (
        [code] if code else []
    )
    assert "pilot" not in Connection.get().detail


@pytest.mark.parametrize(
    ("name", "changes", "said", "code"),
    [
        ("google", {"client_id": "nobodys-client"}, "does not know this client", "invalid_client"),
        ("microsoft", {"client_id": "nobodys-client"}, "another organisation", "AADSTS700016"),
        ("microsoft", {"tenant": ELSEWHERE}, "Check the directory id", "AADSTS90002"),
    ],
)
def test_what_was_pasted_wrongly_is_told_with_its_mending(travel, name, changes, said, code):
    ada = travel.browser("ada")
    travel.provider.redirect_uris = {f"{PUBLIC_URL}/oauth/{name}"}
    ada.post(f"{LIST}/{name}", **form_of(name, **changes))

    page = ada.post(f"{LIST}/{name}/test")

    assert page.status_code == 422
    assert said in page.text
    assert code in page.text


def test_a_directory_that_is_not_there_is_named_to_whoever_tries_it_at_once(travel):
    ada = travel.browser("ada")
    ada.post(f"{LIST}/microsoft", **form_of("microsoft", tenant=ELSEWHERE))

    assert "Check the directory id" in ada.post(f"{LIST}/microsoft/pilot").text


def test_a_provider_that_is_away_is_said(travel):
    travel.connect()
    travel.provider.token_answer = "cut"

    assert travel.browser("ada").post(f"{LIST}/google/test").status_code == 503


def test_the_gmail_add_ons_deployment_is_there_to_be_pasted(travel):
    ada, extensions = travel.browser("ada"), travel.app.extensions
    assert "https addresses alone" in ada.get(f"{LIST}/google").text, "Google would refuse it"
    settings = travel.app.config["SETTINGS"]
    on_https = settings.model_copy(update={"public_url": "https://telltale.test"})
    was, extensions["gmail_deployment"] = (
        extensions["gmail_deployment"], partial(deployment.text, on_https),
    )  # fmt: skip

    page = ada.get(f"{LIST}/google").text

    extensions["gmail_deployment"] = was
    shown = page.partition('id="deployment"')[2].partition(">")[2].partition("<")[0]
    assert json.loads(html.unescape(shown)) == deployment.rendered(on_https)


def test_on_a_phone_what_is_copied_has_the_width_to_be_read(site, page, world):
    signed_in(page, site, world.users["ada"]).set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}{LIST}/google")

    address = page.get_by_label("Redirect address")

    assert address.evaluate("it => it.offsetWidth") > 240


def test_the_outlook_add_ins_manifest_is_copied(site, page, world):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}/console/admin/connections/microsoft")
    card = page.get_by_role("region", name="Bring Telltale into Outlook")

    card.get_by_role("button", name="Copy").click()

    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{PUBLIC_URL}/addin/manifest.xml"


def test_where_the_browser_refuses_to_copy_the_text_is_selected_for_the_keys(site, page, world):
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}/console/admin/connections/microsoft")
    browser = page.context.new_cdp_session(page)
    whose = browser.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    refused = {"permission": {"name": "clipboard-write"}, "setting": "denied"}
    browser.send("Browser.setPermission", refused | {"browserContextId": whose})
    card = page.get_by_role("region", name="Bring Telltale into Outlook")

    card.get_by_role("button", name="Copy").click()

    expect(card.get_by_role("textbox")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == f"{PUBLIC_URL}/addin/manifest.xml"
    expect(card.get_by_role("button", name="Copied")).to_have_count(0)


@pytest.mark.parametrize("setting", ["granted", "denied"])
def test_what_the_browser_copies_late_leaves_the_focus_where_it_went(site, page, world, setting):
    """As it does where it asks whether it may, and is told so after a while."""
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}/console/admin/connections/microsoft")
    browser = page.context.new_cdp_session(page)
    whose = browser.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    asked = {"permission": {"name": "clipboard-write"}, "setting": setting}
    browser.send("Browser.setPermission", asked | {"browserContextId": whose})
    page.evaluate(
        """() => {
            const copy = navigator.clipboard.writeText.bind(navigator.clipboard);
            const told = new Promise((tell) => { window.tell = tell; });
            navigator.clipboard.writeText = (text) => {
                window.copied = told.then(() => copy(text));
                return window.copied;
            };
        }"""
    )
    card = page.get_by_role("region", name="Bring Telltale into Outlook")
    card.get_by_role("button", name="Copy").click()
    elsewhere = page.get_by_role("link", name="Telltale").first
    elsewhere.focus()

    page.evaluate("() => { tell(); return copied.catch(() => null); }")
    page.evaluate("0")  # what waited for it has gone on by now

    assert card.get_by_role("button", name="Copied").count() == (setting == "granted")
    assert page.evaluate("getSelection().toString()") == ""
    expect(elsewhere).to_be_focused()


def test_every_look_of_the_wizard_and_the_mailboxes_can_be_used(site, page, world, eyes):
    signed_in(page, site, world.users["ada"])
    GmailNotices.create(
        org_id=world.alice.org_id, mode="pull", topic=TOPIC, subscription=SUBSCRIPTION,
        account=PUSHER, reason="pull_forbidden", tested_at=clock.now(), ignored_count=3,
    )  # fmt: skip
    half_filled(watched(world.users["ada"]))
    watched(world.alice, reason="topic_forbidden")
    pages = ("admin/connections", "admin/connections/google", "admin/connections/microsoft")
    for name in (*pages, "admin/connections/google/notices", "mailboxes"):
        page.goto(f"{site}/console/{name}")
        assert eyes.faults(page, name.replace("/", "-"), (320, 1280)) == [], name
