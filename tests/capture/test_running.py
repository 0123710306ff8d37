"""The worker's mailboxes, from the sealed grant to the rows, against a Gmail that others wrote."""

from datetime import timedelta
from threading import Event, Thread

import orjson
import pytest

from backend import clock, db
from backend.access import connections
from backend.access.grants import GRANT, SERVICE_KEY, grant_owner, mailbox_owner
from backend.capture.opening import open_mailbox
from backend.capture.running import Runner
from backend.models.mailboxes import Connection, GrantedBy, Mailbox, MailboxState
from backend.models.organisation_grants import OrganisationGrant
from backend.providers.kept import KeptGrant
from backend.providers.mail import ProviderError
from backend.providers.probe import BOOK_SCOPES, SCOPES
from tests.capture.letters import letter, mailbox_of
from tests.capture.worker import connect, look_again, run_dry
from tests.fakes import graph_payloads, graph_server, people_api
from tests.fakes.graph_contacts import GraphContacts
from tests.fakes.graph_world import Fault
from tests.fakes.provider import CLIENT_ID, SECRET, TENANT, Provider
from tests.fakes.provider_door import serving
from tests.waiting import wait_until
from tests.world import CAROL

QUOTE = {
    "from": f"Carol <{CAROL}>",
    "to": ["alice@ours.test"],
    "cc": ["bob@ours.test"],
    "subject": "Quote",
    "body": "Hi",
    "date": "2026-11-19T16:02:00Z",
    "labels": ["INBOX"],
}


@pytest.mark.req("R42", "R48", "R49", "R59")
def test_a_customers_answer_comes_back_as_one_story(world, host, safe, runner):
    there = host.world(
        [QUOTE],
        seed={"auto_replies": [{"person": CAROL, "reply": "Sounds good", "delay": "+5m"}]},
    )
    for name in ("alice", "bob"):
        connect(world, safe, name, there.token(name))
    run_dry(runner)
    stamped = world.stamp(CAROL)

    there.send("alice", letter("alice@ours.test", CAROL, html=stamped.html).as_bytes())
    there.advance(600)
    look_again(runner)

    states = {row.address: row.state for row in Mailbox.select()}
    assert states == dict.fromkeys(("alice@ours.test", "bob@ours.test"), MailboxState.ACTIVE)
    rows = db.rows("SELECT subject, direction FROM email_message ORDER BY sent_at")
    assert [row[1] for row in rows] == ["received", "sent", "received"]
    message = world.message(stamped)
    assert message.status == "sent"
    assert message.replied_at - message.sent_at == timedelta(minutes=5)
    assert [each["kind"] for each in world.engagements(stamped)] == ["reply"]
    # Bob's copy of the quote is the same mail.
    assert db.one("SELECT count(*) FROM message_copy") == (4,)


@pytest.mark.req("R42")
@pytest.mark.parametrize("granted_by", ["user", "organisation"])
def test_a_microsoft_mailbox_is_opened_by_its_users_grant_alone(world, safe, granted_by):
    with graph_server.running() as server:
        box = server.box("alice@ours.test", "token")
        who = {"emailAddress": {"name": "Carol", "address": CAROL}}
        box.put(**{"from": who, "subject": "Quote"})
        server.books["alice@ours.test"] = GraphContacts()
        server.books["alice@ours.test"].put("Nora", "nora@harbour.test")
        runner = Runner(world.settings.model_copy(update={"graph_url": server.url}), safe)
        by = {"granted_by": granted_by, "brings_contacts": True}
        connect(world, safe, "alice", "token", provider="microsoft", **by)

        run_dry(runner)

    row, is_hers = Mailbox.get(), granted_by == "user"
    state = MailboxState.ACTIVE if is_hers else MailboxState.NEEDS_ADMIN
    assert (row.state, row.reason) == (state, "" if is_hers else "no_grant")
    assert db.one("SELECT count(*) FROM email_message") == (1 if is_hers else 0,)
    brought = db.rows("SELECT name, owner_id FROM person WHERE source = 'microsoft_contacts'")
    assert brought == ([("Nora", world.alice.id)] if is_hers else [])


@pytest.mark.req("R46")
def test_a_meeting_of_two_reps_and_a_customer_is_one_with_two_copies(world, host, safe, runner):
    there = host.world([])
    for name in ("alice", "bob"):
        connect(world, safe, name, there.token(name))
    at = clock.now() + timedelta(days=1)
    day = {
        key: {"dateTime": (at + more).isoformat()}
        for key, more in (("start", timedelta()), ("end", timedelta(hours=1)))
    }
    guests = [{"email": "bob@ours.test"}, {"email": CAROL}]

    there.plan("alice", {"summary": "Pricing", "attendees": guests, **day})
    run_dry(runner)

    assert db.one("SELECT count(*) FROM calendar_event") == (1,)
    assert db.rows("SELECT subject FROM calendar_copy") == [("Pricing",), ("Pricing",)]
    people = {"alice@ours.test": None, "bob@ours.test": None, CAROL: world.people["carol"].id}
    assert dict(db.rows("SELECT address, person_id FROM attendee")) == people


@pytest.mark.req("R42", "R50")
def test_an_address_book_comes_in_where_its_user_wants_it(world, host, safe, runner):
    contacts = [{"name": "Nora New", "email": "nora@harbour.test", "organization": "Harbour"}]
    there = host.world([QUOTE], seed={"contacts": contacts})
    connect(world, safe, "alice", there.token("alice"), brings_contacts=True)
    connect(world, safe, "bob", there.token("bob"))

    run_dry(runner)

    rows = db.rows("SELECT name, company, owner_id FROM person WHERE source = 'google_contacts'")
    assert rows == [("Nora New", "Harbour", world.alice.id)]
    assert db.rows("SELECT DISTINCT rule FROM book_entry") == [("added",)]


@pytest.fixture
def provider(tmp_path):
    """Who gives tokens to service accounts and apps; the mailboxes that they open are others'."""
    made = Provider()
    with serving(made, tmp_path) as authority:
        yield made, {
            "google_token_url": f"{made.url}/token", "microsoft_authority": made.url,
            "provider_ca": authority,
        }  # fmt: skip


def test_a_service_account_captures_a_mailbox_until_delegation_is_taken_away(
    world, host, safe, provider
):
    provider, places = provider
    there = host.world([QUOTE])
    provider.lent["alice@ours.test"] = there.token("alice")
    provider.directory.delegate()
    grant = OrganisationGrant.create(
        org_id=world.alice.org_id, provider="google", state="ready", covers="all",
        domains=["ours.test"],
    )  # fmt: skip
    safe.put(grant_owner(grant), SERVICE_KEY, provider.directory.new_key())
    mailbox = mailbox_of(world.alice, granted_by=GrantedBy.ORGANISATION, backfill_days=3650)
    places |= {"google_gmail_endpoint": host.gmail, "google_calendar_endpoint": host.calendar}
    runner = Runner(world.settings.model_copy(update=places), safe)

    run_dry(runner)

    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.ACTIVE
    assert db.one("SELECT subject FROM email_message") == ("Quote",)
    provider.directory.delegations.clear()
    again = Runner(world.settings.model_copy(update=places), safe)  # which has no token yet
    look_again(again)
    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_ADMIN, "unauthorized_client")


@pytest.mark.parametrize("is_delegated", [True, False])
def test_a_service_account_brings_address_books_in_only_where_that_is_delegated(
    world, host, safe, provider, is_delegated
):
    provider, places = provider
    there = host.world([QUOTE])
    provider.lent["alice@ours.test"] = there.token("alice")
    scopes = (*SCOPES["google"], *BOOK_SCOPES["google"]) if is_delegated else SCOPES["google"]
    provider.directory.delegate("100000000000000000001", *scopes)
    grant = OrganisationGrant.create(
        org_id=world.alice.org_id, provider="google", state="ready", covers="all",
        domains=["ours.test"],
    )  # fmt: skip
    safe.put(grant_owner(grant), SERVICE_KEY, provider.directory.new_key())
    mailbox_of(
        world.alice, granted_by=GrantedBy.ORGANISATION, backfill_days=3650, brings_contacts=True
    )
    places |= {"google_gmail_endpoint": host.gmail, "google_calendar_endpoint": host.calendar}

    with people_api.running() as api:
        api.books[there.token("alice")] = people_api.Book()
        api.books[there.token("alice")].put("Nora", "nora@harbour.test")
        places |= {"google_people_endpoint": api.url}
        run_dry(Runner(world.settings.model_copy(update=places), safe))

    assert Mailbox.get().state == MailboxState.ACTIVE
    assert db.one("SELECT subject FROM email_message") == ("Quote",)
    brought = db.rows("SELECT name FROM person WHERE source = 'google_contacts'")
    reason = db.one("SELECT reason FROM sync_stream WHERE kind = 'contacts'")
    told = ([("Nora",)], ("",)) if is_delegated else ([], ("unauthorized_client",))
    assert (brought, reason) == told


def test_an_apps_own_access_captures_a_mailbox_until_the_app_is_taken_away(world, safe, provider):
    provider, places = provider
    org_id = world.alice.org_id
    connection = Connection.create(
        org_id=org_id, provider="microsoft", method="user_consent", state="ready",
        client_id=CLIENT_ID, tenant=TENANT,
    )  # fmt: skip
    safe.put(connections.owner(connection), connections.KEPT_AS, SECRET)
    OrganisationGrant.create(org_id=org_id, provider="microsoft", state="ready")
    by = {"granted_by": GrantedBy.ORGANISATION, "brings_contacts": True}
    mailbox = mailbox_of(world.alice, provider="microsoft", **by)
    provider.directory.lent = "of the app"
    with graph_server.running() as server:
        server.tokens["of the app"] = "*"
        who = {"emailAddress": {"name": "Carol", "address": CAROL}}
        server.box("alice@ours.test").put(**{"from": who, "subject": "Quote"})
        server.books["alice@ours.test"] = GraphContacts()
        server.books["alice@ours.test"].put("Nora", "nora@harbour.test")
        settings = world.settings.model_copy(update=places | {"graph_url": server.url})

        run_dry(Runner(settings, safe))
        state = Mailbox.get_by_id(mailbox.id).state
        provider.directory.has_app = False
        look_again(Runner(settings, safe))

    assert state == MailboxState.ACTIVE
    assert db.one("SELECT subject FROM email_message") == ("Quote",)
    assert db.rows("SELECT name FROM person WHERE source = 'microsoft_contacts'") == [("Nora",)]
    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_ADMIN, "AADSTS7000229")


def test_a_mailbox_without_a_grant_says_so(world, runner):
    mailbox = mailbox_of(world.alice)

    runner.step()

    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_REAUTH, "no_grant")


def test_without_the_organisations_client_an_admin_has_to_act(world, host, safe, runner):
    mailbox = connect(world, safe, "alice", host.world([]).token("alice"))
    Connection.delete().execute()

    runner.step()

    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_ADMIN, "no_connection")


def test_a_foreign_grant_takes_nothing_in(world, host, safe, runner):
    there = host.world([QUOTE])
    mailbox = connect(world, safe, "alice", there.token("bob"))

    runner.step()

    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_REAUTH, "other_account")
    assert db.one("SELECT count(*) FROM email_message") == (0,)


@pytest.mark.parametrize(
    "state",
    [
        MailboxState.PAUSED,
        MailboxState.NEEDS_REAUTH,
        MailboxState.DISCONNECTED,
        MailboxState.ERASING,
    ],
)
def test_a_resting_mailbox_is_left_alone(world, runner, state):
    mailbox_of(world.alice, state=state)

    assert runner.step() == 0


def test_one_sick_mailbox_holds_up_no_other(world, host, safe, runner):
    there = host.world([QUOTE])
    connect(world, safe, "bob", "a token that nobody knows")
    connect(world, safe, "alice", there.token("alice"))

    run_dry(runner)

    states = {row.address: row.state for row in Mailbox.select()}
    assert states == {
        "alice@ours.test": MailboxState.ACTIVE,
        "bob@ours.test": MailboxState.NEEDS_REAUTH,
    }


def test_a_token_that_gmail_takes_no_more_is_renewed_once_and_kept_sealed(
    world, host, safe, runner
):
    there = host.world([QUOTE])
    mailbox = connect(world, safe, "alice", "a token that is over")
    refresh = there.token("alice")  # myworld takes it as a refresh token, too
    ends_at = int(clock.wall().timestamp()) + 3600
    over = KeptGrant(refresh, access_token="a token that is over", expires_at=ends_at)
    safe.put(mailbox_owner(mailbox), GRANT, over.text)

    run_dry(runner)

    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.ACTIVE
    kept = KeptGrant.of(safe.get(mailbox_owner(mailbox), GRANT))
    assert kept.access_token not in {"", over.access_token}
    sealed = orjson.dumps(db.rows("SELECT envelope FROM secret")).decode()
    assert kept.access_token not in sealed


def test_the_loop_works_until_it_is_told_to_stop(world, host, safe, runner):
    there = host.world([QUOTE])
    connect(world, safe, "alice", there.token("alice"))
    stop = Event()
    loop = Thread(target=runner.run, args=(stop,))
    loop.start()

    wait_until(
        lambda: Mailbox.get(Mailbox.address == "alice@ours.test").state == MailboxState.ACTIVE,
        30,
        "the mailbox",
    )
    stop.set()
    loop.join(60)

    assert not loop.is_alive()


def test_an_address_is_quoted_where_it_stands_in_a_path(world):
    class Anybody:
        """Grants that open everything."""

        def access_token(self, _mailbox, *, anew):
            return "token"

    quoted = "/users/a%23b%3F%2F..%2Fc@ours.test/"
    with graph_server.running() as server:
        server.tokens["token"] = "*"
        server.faults.extend([Fault(quoted, 403, graph_payloads.DENIED)] * 20)
        box = Mailbox(
            provider="microsoft", granted_by=GrantedBy.ORGANISATION, address="a#b?/../c@ours.test"
        )
        places = world.settings.model_copy(update={"graph_url": server.url})
        opened = open_mailbox(box, Anybody(), places)
        with pytest.raises(ProviderError):
            opened.provider.baseline()
        opened.close()

    assert len(server.faults) < 20  # it was asked for
