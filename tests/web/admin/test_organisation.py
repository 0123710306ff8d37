"""The admin connects all mailboxes at once: each wrong set-up is named, mended, and then used."""

import io

import pytest

from backend import clock, db
from backend.access import organisation
from backend.access.connections import Clients, State
from backend.access.grants import Grants
from backend.capture import contacts_sync, erasing
from backend.capture.limits import limits_of
from backend.models.mailboxes import GrantedBy, Mailbox, MailboxState
from backend.models.org import AuditLog
from backend.models.organisation_grants import OrganisationGrant
from backend.models.secrets import Secret
from tests.fakes.contacts import FakeContacts
from tests.fakes.directory import GMAIL
from tests.fakes.provider import TENANT
from tests.screens import signed_in

GOOGLE = "/console/admin/connections/google/organisation"
MICROSOFT = "/console/admin/connections/microsoft/organisation"
PILOT = "alice@ours.test"
BOSS = "boss@ours.test"
UNFOLD = "document.querySelectorAll('main details').forEach(each => each.open = true)"


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


def google(travel, ada, **changes):
    """A service account's key, pasted with its domain and pilot; delegation is entered, too."""
    form = {"key": travel.provider.directory.new_key(), "pilot": PILOT, "domains": "ours.test"}
    answer = ada.post(GOOGLE, **form | changes)
    travel.provider.directory.delegate()
    return answer


def microsoft(travel, ada, **changes):
    """The app's own access to Alice's mailbox, and to the boss's not."""
    travel.connect("microsoft")
    directory = travel.provider.directory
    directory.people.add(BOSS)
    directory.assigned = {PILOT}
    return ada.post(MICROSOFT, **{"pilot": PILOT, "outside": BOSS} | changes)


@pytest.mark.req("R79")
def test_delegation_is_named_as_missing_then_entered_and_tested(travel):
    ada = travel.browser("ada")
    assert google(travel, ada).headers["Location"] == f"{GOOGLE}?done=saved"
    travel.provider.directory.delegations.clear()

    wrong = ada.post(f"{GOOGLE}/test")

    assert wrong.status_code == 422
    assert "Delegation is not allowed for this client" in wrong.text
    assert "<code>unauthorized_client</code>" in wrong.text
    page = ada.get(GOOGLE).text
    assert "100000000000000000001" in page
    assert GMAIL in page
    travel.provider.directory.delegate()
    assert ada.post(f"{GOOGLE}/test").headers["Location"] == f"{GOOGLE}?done=tested"
    assert OrganisationGrant.get().state == State.READY
    assert "It works, tested with" in ada.get(GOOGLE).text


def key_gone(travel):
    travel.provider.directory.keys.clear()


def api_off(travel):
    travel.provider.directory.apis.clear()


def nobody(travel):
    travel.provider.directory.people.clear()


def busy(travel):
    travel.provider.directory.calls_left = 0


def app_unknown(travel):
    travel.provider.directory.has_app = False


def not_assigned(travel):
    travel.provider.directory.assigned = set()


def policy(travel):
    travel.provider.directory.policy = {"somebody@ours.test"}


def consented_for_all(travel):
    travel.provider.directory.roles.add("Mail.Read")


def no_boss(travel):
    travel.provider.directory.people.remove(BOSS)
    travel.provider.directory.assigned.add(BOSS)


def another_secret(travel):
    travel.provider.secret = "made anew at Microsoft"


@pytest.mark.parametrize(
    ("set_up_wrongly", "said"),
    [
        (key_gone, "deleted or disabled"),
        (api_off, "Switch on the Gmail API"),
        (nobody, "knows no mailbox"),
    ],
)
def test_each_wrong_set_up_at_google_is_named(travel, set_up_wrongly, said):
    ada = travel.browser("ada")
    google(travel, ada)
    set_up_wrongly(travel)

    answer = ada.post(f"{GOOGLE}/test")

    assert (answer.status_code, OrganisationGrant.get().state) == (422, State.FAULTY)
    assert said in answer.text


@pytest.mark.parametrize(
    ("set_up_wrongly", "said"),
    [
        (app_unknown, "has to allow this app first"),
        (not_assigned, "no role is assigned to it in Exchange"),
        (policy, "Access to OData is disabled"),
        (consented_for_all, "can open every mailbox"),
        (no_boss, "proves nothing"),
        (another_secret, "does not know this client id with this secret"),
    ],
)
def test_each_wrong_set_up_at_microsoft_is_named(travel, set_up_wrongly, said):
    ada = travel.browser("ada")
    microsoft(travel, ada)
    set_up_wrongly(travel)

    answer = ada.post(f"{MICROSOFT}/test")

    assert (answer.status_code, OrganisationGrant.get().state) == (422, State.FAULTY)
    assert said in answer.text


def test_a_provider_that_is_busy_says_nothing_of_the_set_up(travel):
    ada = travel.browser("ada")
    microsoft(travel, ada)
    busy(travel)

    assert "takes no more calls" in ada.post(f"{MICROSOFT}/test").text
    assert OrganisationGrant.get().state == State.NEW


@pytest.mark.req("R79")
def test_an_app_that_reaches_its_mailbox_and_no_other_works(travel):
    ada = travel.browser("ada")
    microsoft(travel, ada)

    assert ada.post(f"{MICROSOFT}/test").headers["Location"] == f"{MICROSOFT}?done=tested"

    assert "The app is kept out of" in ada.get(MICROSOFT).text
    assert "canary" not in travel.kept()


def test_what_was_not_tried_is_said(travel):
    ada = travel.browser("ada")
    microsoft(travel, ada, outside="")

    ada.post(f"{MICROSOFT}/test")

    assert "was not tested" in ada.get(MICROSOFT).text


def consent(travel, ada):
    """Leave for Microsoft's admin consent: what it sends the browser back to."""
    travel.connect("microsoft")
    return travel.visit(travel.leave(ada.post(f"{MICROSOFT}/consent")))


def test_an_admins_consent_comes_back_and_the_test_shows_whether_it_is_so(travel):
    ada = travel.browser("ada")

    back = consent(travel, ada)

    assert ada.get(back).headers["Location"] == f"{MICROSOFT}?done=consent"
    assert travel.provider.directory.roles == {"Mail.Read"}
    assert ada.get(back).status_code == 422, "it works once"


@pytest.mark.parametrize(
    ("why", "change", "said"),
    [
        ("another directory", (TENANT, TENANT.replace("1", "9")), "another organisation"),
        ("not consented", ("admin_consent=True", "admin_consent=False"), "has to allow this app"),
        ("refused", ("admin_consent=True", "error=access_denied"), "Consent was not given"),
    ],
)
def test_an_answer_to_consent_that_does_not_fit_is_refused(travel, why, change, said):
    ada = travel.browser("ada")
    back = consent(travel, ada)

    answer = ada.get(back.replace(*change))

    assert answer.status_code == 422
    assert said in answer.text


def test_a_consent_is_of_the_browser_that_left(travel):
    back = consent(travel, travel.browser("ada"))

    assert travel.app.test_client().get(back).status_code == 422


def test_the_key_is_written_only_and_can_be_chosen_as_a_file(travel):
    ada = travel.browser("ada")
    text = travel.provider.directory.new_key()

    answer = google(travel, ada, key="", file=(io.BytesIO(text.encode()), "key.json"))

    assert answer.headers["Location"] == f"{GOOGLE}?done=saved"
    assert "PRIVATE KEY" not in ada.get(GOOGLE).text + travel.kept()
    assert ada.post(f"{GOOGLE}/test").status_code == 303
    google(travel, ada, key="")
    assert ada.post(f"{GOOGLE}/test").status_code == 303, "an empty field keeps the key"
    assert "PRIVATE" not in str([row.detail for row in AuditLog.select()])


@pytest.mark.parametrize(
    ("why", "changes", "said"),
    [
        ("no key", {"key": ""}, "not a service account"),
        ("no key's JSON", {"key": '{"web": {}}'}, "not a service account"),
        ("too long", {"key": "x" * 30_000}, "longer than any"),
        ("binary", {"key": "\0"}, "longer than any"),
        ("another domain", {"domains": "theirs.test"}, "of another domain"),
        ("no domains", {"domains": "https://ours.test"}, "Give domains alone"),
        ("no address", {"pilot": "alice"}, "whole address"),
        ("nothing", {"pilot": ""}, "whole address"),
    ],
)
def test_what_cannot_be_is_named_and_not_kept(travel, why, changes, said):
    answer = google(travel, travel.browser("ada"), **changes)

    assert answer.status_code == 422, why
    assert said in answer.text
    assert OrganisationGrant.select().count() == 0


def test_the_mailbox_that_stays_closed_is_another_one(travel):
    assert microsoft(travel, travel.browser("ada"), outside=PILOT).status_code == 422


@pytest.mark.parametrize("path", ["", "/test", "/people", "/end", "/consent"])
def test_nobody_but_an_admin_comes_near(travel, path):
    assert travel.browser().post(MICROSOFT + path).status_code == 403


def test_before_it_is_filled_in_there_is_nothing_to_test(travel):
    ada = travel.browser("ada")

    assert ada.post(f"{GOOGLE}/test").status_code == 422
    assert ada.post(f"{MICROSOFT}/consent").status_code == 422
    assert ada.post(f"{GOOGLE}/people", covers="all").status_code == 422


def test_what_is_filled_in_anew_during_a_test_is_neither_lost_nor_tested_by_it(travel):
    ada = travel.browser("ada")
    google(travel, ada)
    under_test = OrganisationGrant.get()
    google(travel, ada, pilot=BOSS)
    settings, safe = travel.app.config["SETTINGS"], travel.app.extensions["safe"]

    organisation.test(Grants(settings, safe), Clients(settings, safe), under_test)

    found = OrganisationGrant.get()
    assert (found.pilot, found.state, found.tested_at) == (BOSS, State.NEW, None)


def test_a_provider_that_is_away_is_said(travel):
    ada = travel.browser("ada")
    google(travel, ada)
    travel.provider.token_answer = "cut"

    assert ada.post(f"{GOOGLE}/test").status_code == 503
    assert OrganisationGrant.get().state == State.NEW


def ready(travel, ada):
    google(travel, ada)
    ada.post(f"{GOOGLE}/test")


@pytest.mark.req("R80")
def test_capture_is_switched_on_for_chosen_people_who_may_switch_it_off(travel):
    ada, alice = travel.browser("ada"), travel.browser()
    ready(travel, ada)
    users = travel.world.users

    ada.post(f"{GOOGLE}/people", covers="chosen", people=[users["alice"].id, users["mika"].id])

    mailboxes = {each.address: each for each in Mailbox.select()}
    assert set(mailboxes) == {"alice@ours.test", "mika@ours.test"}
    assert {each.granted_by for each in mailboxes.values()} == {GrantedBy.ORGANISATION}
    assert "Your organisation has connected this mailbox" in alice.get("/console/mailboxes").text

    here = f"/console/mailboxes/{mailboxes['alice@ours.test'].id}"
    assert "switched_off" in alice.post(f"{here}/disconnect", data="keep").headers["Location"]
    assert "switched it off herself" in ada.get(GOOGLE).text
    ada.post(f"{GOOGLE}/people", covers="all")
    hers = Mailbox.get(Mailbox.address == "alice@ours.test")
    assert hers.state == MailboxState.DISCONNECTED
    alice.post(f"{here}/switch_on")
    assert Mailbox.get_by_id(hers.id).state == MailboxState.CONNECTING


def test_what_she_erased_stays_off(travel):
    ada, alice = travel.browser("ada"), travel.browser()
    ready(travel, ada)
    ada.post(f"{GOOGLE}/people", covers="all")
    mine = Mailbox.get(Mailbox.user_id == travel.world.alice.id)

    alice.post(f"/console/mailboxes/{mine.id}/disconnect", data="erase")
    ada.post(f"{GOOGLE}/people", covers="all")
    while erasing.step():
        ada.post(f"{GOOGLE}/people", covers="all")

    assert Mailbox.get(Mailbox.user_id == travel.world.alice.id).state == MailboxState.DISCONNECTED
    assert "You have switched it off" in alice.get("/console/mailboxes").text


def test_her_own_consent_takes_the_place_of_her_organisations(travel):
    ada = travel.browser("ada")
    ready(travel, ada)
    ada.post(f"{GOOGLE}/people", covers="all")
    travel.connect()

    travel.connect_mailbox(travel.browser())

    assert Mailbox.get(Mailbox.user_id == travel.world.alice.id).granted_by == GrantedBy.USER
    assert "connected it herself" in ada.get(GOOGLE).text


def test_ended_it_captures_nothing_and_keeps_no_key(travel):
    ada = travel.browser("ada")
    ready(travel, ada)
    ada.post(f"{GOOGLE}/people", covers="all")

    assert ada.post(f"{GOOGLE}/end").headers["Location"] == f"{GOOGLE}?done=ended"

    assert Secret.select().where(Secret.owner_type == "organisation_grant").count() == 0
    assert {each.state for each in Mailbox.select()} == {MailboxState.DISCONNECTED}
    assert "does not capture" in travel.browser().get("/console/mailboxes").text
    mine = Mailbox.get(Mailbox.user_id == travel.world.alice.id)
    again = travel.browser().post(f"/console/mailboxes/{mine.id}/switch_on")
    assert "not_covered" in again.headers["Location"]


def test_mailboxes_that_waited_for_the_admin_go_on_after_a_good_test(travel):
    ada = travel.browser("ada")
    ready(travel, ada)
    ada.post(f"{GOOGLE}/people", covers="all")
    db.execute("UPDATE mailbox SET state = 'needs_admin'")

    ada.post(f"{GOOGLE}/test")

    assert {each.state for each in Mailbox.select()} == {MailboxState.CONNECTING}


@pytest.mark.parametrize(
    "form", [{}, {"covers": "everybody"}, {"covers": "chosen", "people": "x"}], ids=str
)
def test_a_choice_that_is_none_is_refused(travel, form):
    ada = travel.browser("ada")
    ready(travel, ada)

    assert ada.post(f"{GOOGLE}/people", **form).status_code == 422


def test_every_look_of_the_steps_and_of_her_mailbox_can_be_used(site, page, world, eyes):
    ada = world.users["ada"]
    OrganisationGrant.create(
        org_id=ada.org_id, provider="google", account="telltale@ours.iam.gserviceaccount.com",
        client_id="100000000000000000001", domains=["ours.test"], pilot=PILOT, state="ready",
        tested_at=clock.now(), covers="chosen",
    )  # fmt: skip
    mailbox = Mailbox.create(
        org_id=ada.org_id, user_id=ada.id, provider="google", address=ada.email,
        granted_by=GrantedBy.ORGANISATION, brings_contacts=True,
    )  # fmt: skip
    book = FakeContacts()
    book.put("c1", "Nora", "nora@harbour.test")
    book.put("c2", "Shop", "no-reply@shop.test")
    contacts_sync.sync(mailbox, book, limits_of, "worker")
    signed_in(page, site, ada)
    for name in ("google/organisation", "microsoft/organisation"):
        page.goto(f"{site}/console/admin/connections/{name}")
        page.evaluate(UNFOLD)
        assert eyes.faults(page, name.replace("/", "-"), (320, 1280)) == [], name
    page.goto(f"{site}/console/mailboxes")
    page.evaluate(UNFOLD)
    assert eyes.faults(page, "mailboxes-organisation", (320, 1280)) == []
