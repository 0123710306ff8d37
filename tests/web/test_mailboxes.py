"""A rep connects her mailbox by consent, and takes it away again with all its secrets."""

from datetime import timedelta

import orjson
import pytest
import time_machine

from backend import clock, db
from backend.access import address_books
from backend.access.grants import GRANT, mailbox_owner
from backend.access.mailboxes import MOST_MONTHS
from backend.capture import (
    calendar_sync,
    contacts_sync,
    erasing,
    leases,
    side_streams,
    streams,
)
from backend.capture.limits import limits_of
from backend.models.mail import EmailMessage
from backend.models.mailboxes import CONTACTS, Mailbox, MailboxState
from backend.models.org import AuditLog
from backend.models.secrets import Secret
from backend.web.permissions import FRESH
from tests.capture.letters import half_filled, mailbox_of
from tests.fakes.contacts import FakeContacts
from tests.fakes.provider import Person

BOTH = ("google", "microsoft")
ROUNDS = 2  # a machine that has much else to do is given another try
LIST = "/console/mailboxes"


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


def grant_of(travel, mailbox):
    safe = travel.app.extensions["safe"]
    return orjson.loads(safe.get(mailbox_owner(mailbox), GRANT))


@pytest.mark.req("R80")
@pytest.mark.parametrize("name", BOTH)
def test_a_rep_connects_and_disconnects(travel, name):
    travel.connect(name)
    alice = travel.browser()

    answer = travel.connect_mailbox(alice, name)

    assert answer.headers["Location"] == f"{LIST}?done=connected"
    (mailbox,) = Mailbox.select()
    assert (mailbox.address, mailbox.provider, mailbox.state) == (
        "alice@ours.test", name, MailboxState.CONNECTING,
    )  # fmt: skip
    token = grant_of(travel, mailbox)["refresh_token"]
    assert token.startswith("refresh-canary")
    assert "canary" not in travel.kept()
    assert "alice@ours.test" in alice.get(LIST).text

    lease = leases.take(mailbox.id, "worker")
    ended = alice.post(f"{LIST}/{mailbox.id}/disconnect", data="keep")
    with pytest.raises(leases.LeaseLost):  # whoever works on it writes no more
        leases.hold(lease)

    is_google = name == "google"
    assert ended.headers["Location"] == f"{LIST}?done={'' if is_google else 'not_'}revoked"
    assert travel.provider.revoked == ([token] if is_google else [])
    assert Secret.select().where(Secret.owner_type == "mailbox").count() == 0
    assert Mailbox.get().state == MailboxState.DISCONNECTED
    assert [row.action for row in AuditLog.select().where(AuditLog.object_type == "mailbox")] == [
        "mailbox.connected", "mailbox.disconnected",
    ]  # fmt: skip


@pytest.mark.parametrize("owner_type", ["mailbox", "connection"])
def test_a_mailbox_whose_key_does_not_open_is_disconnected_all_the_same(travel, owner_type):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    Secret.update(envelope="v1.gone.AAAA").where(Secret.owner_type == owner_type).execute()

    ended = alice.post(f"{LIST}/{Mailbox.get().id}/disconnect", data="keep")

    assert ended.headers["Location"] == f"{LIST}?done=not_revoked"
    assert Mailbox.get().state == MailboxState.DISCONNECTED
    assert Secret.select().where(Secret.owner_type == "mailbox").count() == 0


def test_a_new_mailbox_begins_as_the_policy_says_and_stays_so(travel, world):
    travel.connect("google")
    alice = travel.browser()
    for sharing in ("private", "org"):
        world.set_policy(sharing=sharing)

        travel.connect_mailbox(alice, "google")

        assert Mailbox.get().visibility == "private"


def test_every_provider_that_is_connected_is_offered(travel):
    travel.connect("google")
    alice = travel.browser()
    assert f"{LIST}/connect/microsoft" not in alice.get(LIST).text
    travel.connect("microsoft")

    page = alice.get(LIST).text

    assert f"{LIST}/connect/google" in page
    assert f"{LIST}/connect/microsoft" in page


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("", "meetings with people outside are captured"),
        ("ErrorAccessDenied", "A permission that Telltale needs at Google was not given"),
        ("ErrorAccessDenied", "Connect the mailbox anew to consent to it."),
        ("accessNotConfigured", "Your admin mends the connection"),
        (side_streams.LATER, "tried again by itself"),
    ],
)
def test_how_a_mailboxes_calendar_stands_is_told(travel, reason, shown):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()
    stream = streams.of(mailbox.org_id, mailbox.id, calendar_sync.KIND)
    streams.wait(stream, clock.now(), reason)

    page = alice.get(LIST).text

    assert shown in page
    assert reason not in page or not reason


@pytest.mark.parametrize("name", BOTH)
def test_another_account_is_refused_with_both_addresses(travel, name):
    travel.connect(name)
    travel.provider.person = Person(email="private@ours.test")

    answer = travel.connect_mailbox(travel.browser(), name)

    assert "You came back as private@ours.test, but alice@ours.test" in answer.text
    assert Mailbox.select().count() == 0


@pytest.mark.parametrize(
    ("name", "scope"),
    [("google", "https://www.googleapis.com/auth/gmail.readonly"), ("microsoft", "Mail.Read")],
)
def test_an_unticked_scope_is_named_and_nothing_is_kept(travel, name, scope):
    travel.connect(name)
    travel.provider.drop_scopes = (scope,)

    answer = travel.connect_mailbox(travel.browser(), name)

    assert scope in answer.text
    assert "unticked" in answer.text
    assert (Mailbox.select().count(), "refresh" in travel.kept()) == (0, False)


@pytest.mark.parametrize("name", BOTH)
def test_a_grant_that_does_not_last_is_refused(travel, name):
    travel.connect(name)
    travel.provider.gives_refresh = False

    assert "no lasting grant" in travel.connect_mailbox(travel.browser(), name).text
    assert Mailbox.select().count() == 0


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("google", (403, {"error": {"code": 403, "message": "x", "errors": [
            {"reason": "accessNotConfigured"}]}}), "Switch on the Gmail API"),
        ("microsoft", (403, {"error": {"code": "ErrorAccessDenied",
            "message": "Access to OData is disabled"}}), "RBAC for Applications"),
    ],
)  # fmt: skip
def test_a_grant_that_opens_no_mailbox_is_told_with_its_mending(travel, name, error, said):
    travel.connect(name)
    travel.provider.api_error = error

    assert said in travel.connect_mailbox(travel.browser(), name).text
    assert Mailbox.select().count() == 0


@pytest.mark.parametrize("how", ["slow", "cut"])
def test_microsoft_being_away_is_said_in_time(travel, how):
    travel.connect("microsoft")
    alice = travel.browser()

    def seconds():
        back = travel.visit(travel.leave(alice.post(f"{LIST}/connect/microsoft")))
        travel.provider.token_answer = how
        started = clock.monotonic()
        assert alice.client.get(back).status_code == 503
        return clock.monotonic() - started

    assert any(seconds() < 6 for _ in range(ROUNDS))
    assert Mailbox.select().count() == 0


def test_a_mailbox_is_one_users(travel):
    travel.connect()
    travel.connect_mailbox(travel.browser())
    Mailbox.update(user_id=travel.world.users["bob"].id).execute()

    assert travel.connect_mailbox(travel.browser()).status_code == 409
    assert Mailbox.get().user_id == travel.world.users["bob"].id


def test_it_is_paused_resumed_and_keeps_less(travel):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    here = f"{LIST}/{Mailbox.get().id}"

    assert "not_paused" in alice.post(f"{here}/resume").headers["Location"]
    alice.post(f"{here}/pause")
    assert Mailbox.get().state == MailboxState.PAUSED
    alice.post(f"{here}/resume")
    assert Mailbox.get().state == MailboxState.CONNECTING
    alice.post(f"{here}/capture", mode="headers")
    assert Mailbox.get().capture_mode == "headers"
    assert alice.post(f"{here}/capture", mode="everything").status_code == 422
    assert alice.post(f"{here}/disconnect", data="maybe").status_code == 422
    assert travel.browser("bob").post(f"{here}/pause").status_code == 404

    assert "not_disconnected" in alice.post(f"{here}/erase").headers["Location"]
    for state in (MailboxState.DISCONNECTED, MailboxState.ERASING):
        Mailbox.update(state=state).execute()
        for move, given in (
            ("pause", {}),
            ("reach", {"months": "12"}),
            ("disconnect", {"data": "keep"}),
        ):
            answer = alice.post(f"{here}/{move}", **given)
            assert "not_connected" in answer.headers["Location"]


def copied(travel, mailbox, *, stamped=False):
    message = (
        EmailMessage.get_by_id(
            db.one("SELECT message_id FROM stamp WHERE id = %s", [travel.world.send().id])[0]
        )
        if stamped
        else EmailMessage.create(
            org_id=mailbox.org_id, user_id=mailbox.user_id, direction="received",
            status="received", subject="x",
        )
    )  # fmt: skip
    db.execute(
        "INSERT INTO message_copy (id, org_id, message_id, mailbox_id, provider_id, is_sent,"
        " received_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [clock.new_id(), mailbox.org_id, message.id, mailbox.id, clock.new_id(), stamped,
         clock.now()],
    )  # fmt: skip
    return message.id


def test_what_was_captured_is_erased_on_request_but_not_what_was_stamped(travel):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()
    received, stamped = copied(travel, mailbox), copied(travel, mailbox, stamped=True)

    alice.post(f"{LIST}/{mailbox.id}/disconnect", data="erase")

    assert "is being deleted" in alice.get(LIST).text
    assert "still being deleted" in travel.connect_mailbox(alice).text
    while erasing.step():
        pass
    left = {row.id for row in EmailMessage.select()}
    assert (received in left, stamped in left) == (False, True)
    assert Mailbox.select().count() == 0


def test_what_goes_for_good_is_confirmed_after_ten_minutes(travel):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()

    with time_machine.travel(clock.wall() + FRESH + timedelta(seconds=1), tick=False):
        stale = alice.post(f"{LIST}/{mailbox.id}/disconnect", data="erase")
        assert Mailbox.get().state == MailboxState.CONNECTING
        kept = alice.post(f"{LIST}/{mailbox.id}/disconnect", data="keep")
        again = alice.post(f"{LIST}/{mailbox.id}/erase")

    assert stale.headers["Location"] == again.headers["Location"] == "/console/confirm?next="
    assert kept.headers["Location"] == f"{LIST}?done=revoked"
    assert Mailbox.get().state == MailboxState.DISCONNECTED


SCOPE = {
    "google": "https://www.googleapis.com/auth/contacts.readonly",
    "microsoft": "Contacts.Read",
}


@pytest.mark.req("R42", "R80")
@pytest.mark.parametrize("name", BOTH)
def test_an_address_book_is_asked_for_when_it_is_switched_on_and_not_before(travel, name):
    travel.connect(name)
    alice = travel.browser()
    travel.connect_mailbox(alice, name)
    mailbox = Mailbox.get()
    assert SCOPE[name] not in grant_of(travel, mailbox)["scopes"]
    assert not mailbox.brings_contacts

    answer = travel.round_trip(alice.client, alice.post(f"{LIST}/{mailbox.id}/contacts"))

    assert answer.headers["Location"] == f"{LIST}?done=contacts_on"
    assert SCOPE[name] in grant_of(travel, mailbox)["scopes"]
    assert Mailbox.get().brings_contacts
    page = alice.get(LIST).text
    assert "Bring nothing more in" in page
    assert "Everybody in your organisation sees these contacts" in page

    alice.post(f"{LIST}/{mailbox.id}/contacts_off")
    assert not Mailbox.get().brings_contacts
    # What was allowed once needs no consent again.
    again = alice.post(f"{LIST}/{mailbox.id}/contacts")
    assert again.headers["Location"] == f"{LIST}?done=contacts_on"
    noted = AuditLog.select().where(AuditLog.action == "mailbox.contacts").order_by(AuditLog.id)
    assert [row.detail["on"] for row in noted] == [True, False, True]
    # Unless the provider says that it is not allowed any more.
    streams.wait(streams.of(mailbox.org_id, mailbox.id, CONTACTS), clock.now(), "contacts_scope")
    answer = travel.round_trip(alice.client, alice.post(f"{LIST}/{mailbox.id}/contacts"))
    assert answer.headers["Location"] == f"{LIST}?done=contacts_on"
    assert db.one("SELECT reason FROM sync_stream WHERE kind = %s", [CONTACTS]) == ("",)


@pytest.mark.parametrize("name", BOTH)
def test_an_address_book_that_was_left_unticked_is_told_and_stays_out(travel, name):
    travel.connect(name)
    alice = travel.browser()
    travel.connect_mailbox(alice, name)
    travel.provider.drop_scopes = (SCOPE[name],)

    answer = travel.round_trip(alice.client, alice.post(f"{LIST}/{Mailbox.get().id}/contacts"))

    assert answer.headers["Location"] == f"{LIST}?done=contacts_unticked"
    assert "left the address book unticked" in alice.get(answer.headers["Location"]).text
    assert not Mailbox.get().brings_contacts
    assert Mailbox.get().state == MailboxState.CONNECTING


def test_whoever_brings_contacts_in_is_asked_for_them_when_she_connects_anew(travel):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    Mailbox.update(brings_contacts=True, state=MailboxState.NEEDS_REAUTH).execute()

    travel.connect_mailbox(alice)

    assert SCOPE["google"] in grant_of(travel, Mailbox.get())["scopes"]
    assert Mailbox.get().brings_contacts


def test_what_the_organisation_opens_needs_nobodys_consent(travel, world):
    mailbox = mailbox_of(world.alice, granted_by="organisation")

    answer = travel.browser().post(f"{LIST}/{mailbox.id}/contacts")

    assert answer.headers["Location"] == f"{LIST}?done=contacts_on"


def test_a_disconnected_mailbox_brings_nothing_in_and_forgets_its_book(travel, world):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()
    book = FakeContacts()
    book.put("c1", "Nora", "nora@harbour.test")
    address_books.switch_on(world.alice, mailbox)
    contacts_sync.sync(mailbox, book, limits_of, "worker")

    alice.post(f"{LIST}/{mailbox.id}/disconnect", data="keep")

    assert not Mailbox.get().brings_contacts
    assert db.one("SELECT count(*) FROM book_entry") == (0,)
    assert db.one("SELECT count(*) FROM person WHERE source = 'google_contacts'") == (1,)
    answer = alice.post(f"{LIST}/{mailbox.id}/contacts")
    assert answer.headers["Location"] == f"{LIST}?done=not_connected"


def test_how_an_address_book_stands_is_told(travel, world):
    travel.connect()
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox, book = Mailbox.get(), FakeContacts()
    address_books.switch_on(world.alice, mailbox)
    assert "not yet" in alice.get(LIST).text.lower()
    for number in range(3):
        book.put(f"c{number}", "", f"n{number}@harbour.test")
    book.put("c7", "Shop", "no-reply@shop.test")

    contacts_sync.sync(mailbox, book, limits_of, "worker")
    page = alice.get(LIST).text

    assert "3 contacts, as of" in page
    assert "1 machine, such as no-reply" in page
    stream = streams.of(mailbox.org_id, mailbox.id, CONTACTS)
    for reason, shown in (
        ("contacts_scope", "Bring it in again below"),
        ("SERVICE_DISABLED", "A service that Telltale needs is switched off at Google."),
        ("SERVICE_DISABLED", "Your admin mends the connection at the provider."),
    ):
        streams.wait(stream, clock.now(), reason)
        page = alice.get(LIST).text
        assert shown in page
        assert "3 contacts, as of" in page


def test_without_a_connection_one_is_told_whom_to_ask(travel):
    alice = travel.browser()

    assert "Ask your admin" in alice.get(LIST).text
    assert alice.post(f"{LIST}/connect/google").status_code == 404


def test_how_far_a_mailbox_is_and_what_lies_apart_is_told(travel):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    half_filled(Mailbox.get())

    page = alice.get(LIST).text

    assert "2 of about 5 mails are looked through" in page
    assert '<progress max="5" value="2"' in page
    assert "1 mail could not be taken in" in page
    told = "1 mail: Google did not hand it out whole. <code>Unreadable: cut</code>"
    assert told in page
    assert "They stay in the mailbox as they are" in page

    Mailbox.update(capture_mode="off").execute()
    page = alice.get(LIST).text
    assert "<progress" not in page  # nothing more is fetched
    assert "1 mail could not be taken in" in page


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "topic_missing",
            "the topic at Pub/Sub that was made for it. Your admin sees to the topic",
        ),
        ("insufficientPermissions", "or was taken back. Connect the mailbox anew."),
        ("503", "Google does not answer as it should. It is tried again by itself."),
    ],
)
def test_why_a_provider_tells_of_no_changes_is_said_to_the_owner(travel, reason, said):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()
    Mailbox.update(state="active").execute()
    db.execute(
        "INSERT INTO push_subscription (mailbox_id, kind, org_id, next_at, reason)"
        " VALUES (%s, 'mail', %s, %s, %s)",
        [mailbox.id, mailbox.org_id, clock.now(), reason],
    )

    page = alice.get(LIST).text

    assert "Not on; looked at each minute. " in page
    assert said in page
    assert f"<code>{reason}</code>" not in page


@pytest.mark.parametrize("state", ["needs_reauth", "needs_admin", "paused"])
def test_a_mailbox_that_waits_for_a_person_says_how_far_it_is_and_shows_nothing_running(
    travel, state
):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    half_filled(Mailbox.get())
    Mailbox.update(state=state).execute()

    page = alice.get(LIST).text

    assert "2 of about 5 mails are looked through" in page
    assert "<progress" not in page


def test_mail_of_as_many_months_is_fetched_as_are_asked_for(travel):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    mailbox = Mailbox.get()
    begun = streams.of(mailbox.org_id, mailbox.id)
    streams.begin(begun, "7", clock.now())
    streams.note_listing(begun, ["a"], None, 1)
    lease = leases.take(mailbox.id, "worker")

    answer = alice.post(f"{LIST}/{mailbox.id}/reach", months="60")
    refused = [
        alice.post(f"{LIST}/{mailbox.id}/reach", months=months).status_code
        for months in ("many", "-1", str(MOST_MONTHS + 1))
    ]

    stream = streams.of(mailbox.org_id, mailbox.id)
    assert (stream.place, stream.phase, stream.listing_page) == ("7", "listing", "")
    assert stream.listing_from
    five_years = clock.now() - stream.listing_from
    assert timedelta(days=1825) <= five_years <= timedelta(days=1828)
    with pytest.raises(leases.LeaseLost):  # its turn would end the new listing with the old one
        leases.hold(lease)
    assert answer.headers["Location"] == f"{LIST}?done=reach"
    assert f'max="{MOST_MONTHS}" required value="60"' in alice.get(LIST).text
    assert refused == [422] * 3
    assert AuditLog.select().where(AuditLog.action == "mailbox.reach").count() == 1


@pytest.mark.parametrize(
    ("state", "reason", "mode", "why", "shown"),
    [
        ("needs_reauth", "invalid_grant", "full", "the consent was withdrawn",
         "You connect it again below."),
        ("needs_admin", "accessNotConfigured", "full", "is switched off at Google",
         "Your admin mends the connection"),
        ("needs_admin", "brandNew", "full", "that Telltale does not know: brandNew",
         "Your admin mends the connection"),
        ("paused", "", "full", "", "You resume it below."),
        ("delayed", "rateLimitExceeded", "full", "Google takes no more calls for now.",
         "It is looked at by itself:"),
        ("active", "", "off", "", "Nothing, while nothing is kept"),
    ],
)  # fmt: skip
def test_each_state_says_why_and_what_comes_next(travel, state, reason, mode, why, shown):
    travel.connect("google")
    alice = travel.browser()
    travel.connect_mailbox(alice)
    Mailbox.update(state=state, reason=reason, capture_mode=mode).execute()

    page = alice.get(LIST).text

    assert shown in page
    assert why in page
    assert ("<dt>Why</dt>" in page) is bool(why)
    assert not reason or (reason in page) is (reason in why)
