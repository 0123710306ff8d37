"""Microsoft's notices: the handshake, what is believed, and that a forged one causes no work."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from backend import clock, db
from backend.access.safe import Safe
from backend.capture import calendar_sync, pushes, side_streams, streams, unsubscribing
from backend.capture.running import Runner
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.graph import Graph
from backend.providers.graph_push import GraphPush
from backend.providers.vault import open_vault
from tests.capture.letters import LIMITS, mailbox_of, run_dry, turn
from tests.capture.worker import connect
from tests.fakes import graph_payloads, graph_server
from tests.fakes.calendar import FakeCalendar
from tests.fakes.graph_world import Fault
from tests.fakes.mailbox import FakeMailbox

URL = "https://track.example.test/webhooks/graph"
PATH = "/webhooks/graph"


@pytest.fixture
def server(client):
    with graph_server.running() as running:
        running.box("alice@ours.test", "token")

        def send(address, body):
            parts = urlsplit(address)
            answer = client.post(parts.path, query_string=parts.query, data=body)
            return answer.status_code, answer.content_type or "", answer.text

        running.notices.send = send
        yield running


@pytest.fixture
def mailbox(world):
    later = clock.now() + timedelta(minutes=9)
    return mailbox_of(
        world.alice, provider="microsoft", state=MailboxState.ACTIVE, next_sync_at=later
    )


@pytest.fixture
def push(server):
    graph = Graph.opened(server.url, lambda _anew: "token")
    yield GraphPush(graph, URL)
    graph.close()


@pytest.fixture
def told(mailbox, push, server):
    """A mailbox whose changes are told."""
    pushes.keep(mailbox, push)
    assert len(server.notices.subscriptions) == 2
    return mailbox


def is_due():
    return Mailbox.get().next_sync_at <= clock.now()


def rest():
    """As if the mailbox had just been looked at."""
    Mailbox.update(next_sync_at=clock.now() + timedelta(minutes=9)).execute()


def reasons():
    return [row[0] for row in db.rows("SELECT reason FROM push_subscription ORDER BY kind")]


@pytest.mark.parametrize(
    "token", ["Validation: Testing", "<script>alert(1)</script>", "a+b%2F", "\u00e4"]
)
def test_the_handshake_gives_the_token_back_as_plain_text(client, token):
    answer = client.post(PATH, query_string={"validationToken": token})

    assert (answer.status_code, answer.text) == (200, token)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", ["x" * 4_001, "a\r\nSet-Cookie: b", "\x00"])
def test_a_token_that_is_none_is_refused(client, token):
    assert client.post(PATH, query_string={"validationToken": token}).status_code == 422


@pytest.mark.req("R42")
def test_a_notice_brings_the_look_at_its_mailbox_forward(server, told):
    assert not is_due()

    server.notices.tell()

    assert is_due()


def test_a_notice_of_the_calendar_brings_that_forward_too(server, told):
    stream = streams.of(told.org_id, told.id, calendar_sync.KIND)
    streams.rest(stream, clock.now() + timedelta(minutes=4))

    server.notices.tell("events")

    assert is_due()
    assert side_streams.is_due(told, calendar_sync.KIND)


def test_what_was_told_before_counts_once(server, client, told):
    body = server.notices.tell()
    rest()

    answer = client.post(PATH, data=body)

    assert answer.status_code == 202
    assert not is_due()
    server.notices.tell(id="another")
    assert is_due()


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("another secret", {"clientState": "guessed"}),
        ("no secret", {"clientState": None}),
        ("another subscription", {"subscriptionId": "7f105c7d-0000-4530-97cd-4e7ae6534c07"}),
        ("no subscription", {"subscriptionId": ""}),
        ("what no database takes", {"subscriptionId": "\0"}),
        ("too much", {"subscriptionId": "a" * 101}),
        ("no text", {"subscriptionId": {"a": 1}, "clientState": ["b"]}),
    ],
)
def test_a_forged_notice_is_answered_alike_and_causes_no_work(server, told, why, changes):
    server.notices.tell(**changes)

    assert not is_due()
    assert db.one("SELECT count(*) FROM push_event") == (0,)


def test_ten_thousand_forged_ones_cause_no_work_and_hide_no_true_one(server, client, told):
    true = json.loads(server.notices.tell())["value"]
    rest()
    db.execute("DELETE FROM push_event")
    forged = [{"subscriptionId": f"f{number}", "clientState": "x"} for number in range(10_000)]
    whole = [graph_payloads.NOTICE] * 10_000

    assert client.post(PATH, data=json.dumps({"value": whole})).status_code == 413
    assert client.post(PATH, data=json.dumps({"value": forged})).status_code == 202
    assert not is_due()
    assert client.post(PATH, data=json.dumps({"value": true + forged})).status_code == 202
    assert is_due()
    assert db.one("SELECT count(*) FROM push_event") == (1,)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b"7", b"[" * 100_000, b"\xff", b'{"value": 7, "value": [1, null]}'),
        *(b'{"value": [{}]}', b'{"value": [{"subscriptionId": null}, {"subscriptionId": []}]}'),
    ],
)
def test_what_is_no_notice_is_no_fault_of_ours(client, told, body):
    assert client.post(PATH, data=body).status_code in {202, 422}
    assert not is_due()


@pytest.mark.parametrize(
    "state", [MailboxState.PAUSED, MailboxState.NEEDS_REAUTH, MailboxState.DELAYED]
)
def test_a_mailbox_that_rests_or_waits_is_not_brought_forward(server, told, state):
    Mailbox.update(state=state).execute()

    server.notices.tell()

    assert not is_due()


def test_a_subscription_is_renewed_at_half_its_life(server, told, push):
    rows = db.rows("SELECT next_at FROM push_subscription WHERE kind = 'mail'")
    half = clock.now() + pushes.LIFE / 2
    assert abs(rows[0][0] - half) < timedelta(minutes=1)
    pushes.keep(told, push)
    db.execute("UPDATE push_subscription SET next_at = %s", [clock.now()])
    server.calls.clear()

    pushes.keep(told, push)

    assert {call.split(" ")[0] for call in server.calls} == {"PATCH"}
    assert len(server.notices.subscriptions) == 2


def test_the_worker_subscribes_where_it_can_be_reached(world, server):
    safe = Safe(open_vault(world.settings))
    connect(world, safe, "alice", "token", provider="microsoft", state=MailboxState.ACTIVE)

    for public_url, subscribed in (("http://127.0.0.1:8000", 0), ("https://t.example.test", 2)):
        places = {"graph_url": server.url, "public_url": public_url}
        runner = Runner(world.settings.model_copy(update=places), safe)
        runner.turn(Mailbox.get())
        assert len(server.notices.subscriptions) == subscribed

    row = Mailbox.get()
    runner.turn(row)
    assert Mailbox.get().next_sync_at - clock.now() > timedelta(minutes=9)


@pytest.mark.parametrize("event", ["subscriptionRemoved", "reauthorizationRequired", "missed"])
def test_lifecycle_notices_are_followed(server, told, push, event):
    if event == "subscriptionRemoved":
        gone = dict(server.notices.subscriptions)
        server.notices.tell(event=event)
        server.notices.subscriptions.clear()
    else:
        gone = {}
        server.notices.tell(event=event)
    server.calls.clear()

    pushes.keep(told, push)

    assert is_due()
    expected = {
        "subscriptionRemoved": ["PATCH", "POST"],
        "reauthorizationRequired": ["PATCH"],
        "missed": [],
    }
    assert [call.split(" ")[0] for call in server.calls] == expected[event]
    assert not set(gone) & set(server.notices.subscriptions)


def test_a_mailbox_that_is_paused_is_told_of_no_more(server, told, push):
    Mailbox.update(state=MailboxState.PAUSED).execute()
    assert unsubscribing.due(5) == [told.id]
    server.notices.subscriptions.popitem()  # Microsoft has ended one by itself

    unsubscribing.end(told, push)

    assert server.notices.subscriptions == {}
    assert unsubscribing.due(5) == []


def test_who_cannot_be_reached_is_polled_as_before_and_asked_again_later(server, mailbox, push):
    server.notices.send = None

    pushes.keep(mailbox, push)

    assert reasons() == ["ValidationError"] * 2
    assert pushes.poll_after(mailbox.id, timedelta(seconds=60), clock.now()) == timedelta(
        seconds=60
    )
    server.calls.clear()
    pushes.keep(mailbox, push)
    assert server.calls == []


def test_a_refusal_stops_neither_the_other_kind_nor_the_mailbox(server, mailbox, push):
    server.faults.append(Fault("subscriptions", 403, graph_payloads.DENIED))

    pushes.keep(mailbox, push)

    assert len(server.notices.subscriptions) == 1
    assert Mailbox.get().state == MailboxState.ACTIVE


def test_no_secret_is_kept_in_the_open(server, told):
    kept = str(db.rows("SELECT * FROM push_subscription"))

    secrets = [each["clientState"] for each in server.notices.subscriptions.values()]
    assert len(secrets) == 2
    assert [each for each in secrets if each in kept] == []


def test_polls_are_rare_while_notices_come_and_frequent_again_when_they_do_not(server, told):
    minute, usual = timedelta(seconds=60), pushes.POLL_TOLD
    assert pushes.poll_after(told.id, minute, clock.now()) == usual

    for _ in range(pushes.MISSED):
        pushes.looked(told, found=2)
    assert pushes.poll_after(told.id, minute, clock.now()) == minute

    server.notices.tell()
    pushes.looked(told, found=2)
    assert pushes.poll_after(told.id, minute, clock.now()) == usual


def test_what_is_told_during_a_look_is_looked_at_at_once(server, told):
    class Meanwhile(FakeMailbox):
        """Something comes behind the changes that are being read."""

        def changes(self, place, page):
            found = super().changes(place, page)
            server.notices.tell()
            return found

    run_dry(told, FakeMailbox(told.address))
    assert not is_due()

    turn(told, Meanwhile(told.address))

    assert is_due()


def test_what_is_told_during_a_look_at_the_calendar_is_looked_at_at_once(server, told):
    class Meanwhile(FakeCalendar):
        """Somebody plans a meeting behind the page that is being read."""

        def meetings(self, place, page, since):
            found = super().meetings(place, page, since)
            server.notices.tell("events")
            return found

    calendar_sync.sync(told, Meanwhile(), lambda _mailbox: LIMITS, "worker")

    assert is_due()
    assert side_streams.is_due(told, calendar_sync.KIND)


def test_what_was_told_is_forgotten_after_a_day(server, told):
    server.notices.tell()
    assert pushes.forget_old() == 0
    db.execute("UPDATE push_event SET told_at = %s", [clock.now() - timedelta(days=2)])

    assert pushes.forget_old() == 1
