"""The engine on a Microsoft mailbox: nothing missed or doubled, and joined with its stamps."""

import json
from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import items, reconcile
from backend.models.mail import Stamp
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.graph import Graph
from backend.providers.graph_mailbox import GraphMailbox
from tests.capture.letters import mailbox_of, run_dry, turn
from tests.fakes import graph_payloads, graph_server
from tests.fakes.graph_world import Fault
from tests.world import CAROL

ADDIN = "11111111-2222-4333-8444-555555555555"


def who(address):
    return {"emailAddress": {"name": address.partition("@")[0], "address": address}}


def to_alice(**changes):
    received = [{"name": "Received", "value": "from mx"}, *changes.pop("headers", [])]
    values = {
        "from": who(CAROL),
        "sender": who(CAROL),
        "toRecipients": [who("alice@ours.test")],
        "internetMessageHeaders": received,
    }
    return values | changes


def from_alice(**changes):
    values = {
        "from": who("alice@ours.test"),
        "sender": who("alice@ours.test"),
        "toRecipients": [who(CAROL)],
        "internetMessageHeaders": [],
    }
    return values | changes


def fill(box, count, start=0):
    now = clock.now()
    for number in range(start, start + count):
        at = now - timedelta(minutes=count - number)
        box.put(at=at, **to_alice(subject=f"Mail {number}"))


def subjects():
    return sorted(row[0] for row in db.rows("SELECT subject FROM email_message"))


def look_again(mailbox, provider):
    db.execute("UPDATE sync_item SET next_try_at = NULL")
    return run_dry(mailbox, provider)


@pytest.fixture
def server():
    with graph_server.running() as running:
        yield running


@pytest.fixture
def box(world, server):
    return server.box(world.alice.email, "token")


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice, provider="microsoft")


@pytest.fixture
def provider(world, server, box):
    graph = Graph.opened(server.url, lambda _anew: "token")
    made = GraphMailbox(graph, world.alice.email, ADDIN)
    yield made
    made.close()


@pytest.mark.req("R42", "R45")
def test_a_new_mailbox_is_listed_to_its_end_with_a_tenth_of_a_call_for_a_mail(
    server, box, mailbox, provider
):
    fill(box, 200)

    run_dry(mailbox, provider)

    assert len(subjects()) == 200
    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.ACTIVE
    assert len(server.calls) / 200 < 0.25  # the bar is 1.1
    server.calls.clear()
    turn(mailbox, provider)
    assert len(server.calls) == 1


def test_a_lost_place_is_listed_anew_without_a_gap_and_without_a_double(box, mailbox, provider):
    fill(box, 4)
    run_dry(mailbox, provider)
    fill(box, 3, start=4)
    box.lose_places()

    run_dry(mailbox, provider)

    assert subjects() == [f"Mail {number}" for number in range(7)]
    assert db.one("SELECT count(*) FROM message_copy") == (7,)


def test_a_busy_provider_never_sets_a_mail_aside_and_what_was_had_is_kept(
    server, box, mailbox, provider
):
    fill(box, 3)
    hot = next(iter(box.messages)).rstrip("=")
    for _ in range(2 * items.MAX_ATTEMPTS):
        server.faults.append(Fault(hot, 429, graph_payloads.THROTTLED, "0"))
        turn(mailbox, provider)
    assert len(subjects()) == 2

    run_dry(mailbox, provider)

    assert (len(subjects()), items.counts(mailbox.id).quarantined) == (3, 0)


def test_a_poisoned_mail_is_set_aside_and_the_others_go_on(box, mailbox, provider):
    fill(box, 2)
    poisoned = box.put(receivedDateTime="9999-never", **to_alice(subject="Poison"))
    run_dry(mailbox, provider)

    for _ in range(items.MAX_ATTEMPTS):
        look_again(mailbox, provider)

    assert subjects() == ["Mail 0", "Mail 1"]
    assert [each for each, _ in items.quarantined(mailbox.id)] == [poisoned]


def test_a_draft_that_is_sent_later_keeps_its_id_and_is_captured(box, mailbox, provider):
    draft = box.put("drafts", isDraft=True, **from_alice(subject="Offer"))
    run_dry(mailbox, provider)
    unsent = subjects()
    box.messages[draft]["isDraft"] = False
    box.move(draft, "sentitems")

    run_dry(mailbox, provider)

    assert (unsent, subjects()) == ([], ["Offer"])


def test_a_mail_that_is_taken_out_of_junk_is_captured_after_all(box, mailbox, provider):
    run_dry(mailbox, provider)
    message = box.put(**to_alice(subject="No spam"))
    box.move(message, "junkemail")
    run_dry(mailbox, provider)
    junk = subjects()
    box.move(message, "inbox")

    run_dry(mailbox, provider)

    assert (junk, subjects()) == ([], ["No spam"])


def test_a_mail_that_moved_while_it_waited_is_one_mail(box, mailbox, provider):
    run_dry(mailbox, provider)
    message = box.put(**to_alice(subject="Moving"))
    box.move(message, box.add_folder("Deals"))
    box.move(message, "inbox")

    run_dry(mailbox, provider)

    assert subjects() == ["Moving"]
    assert db.one("SELECT count(*) FROM message_copy WHERE gone_at IS NULL") == (1,)


def test_notifications_that_were_lost_are_found_by_the_nightly_count(box, mailbox, provider):
    run_dry(mailbox, provider)
    fill(box, 2)
    box.log.clear()  # nobody tells that they came

    tally = reconcile.compare(mailbox, provider, "test")
    run_dry(mailbox, provider)

    assert (tally.checked, tally.missing) == (2, 2)
    assert reconcile.compare(mailbox, provider, "test").missing == 0
    assert len(subjects()) == 2


def test_a_sent_mail_joins_its_stamp_and_the_answer_joins_it(world, box, mailbox, provider):
    stamped = world.stamp(CAROL, subject="Offer")
    sent_at = clock.now() - timedelta(hours=1)
    box.put(
        "sentitems",
        sent_at,
        internetMessageId="<1@prod.outlook.com>",
        **from_alice(subject="Offer", body={"contentType": "html", "content": stamped.html}),
    )
    answer = [{"name": "In-Reply-To", "value": "<1@prod.outlook.com>"}]
    box.put(at=sent_at + timedelta(minutes=5), **to_alice(subject="Re: Offer", headers=answer))

    run_dry(mailbox, provider)

    message = world.message(stamped)
    assert (message.status, message.internet_message_id) == ("sent", "<1@prod.outlook.com>")
    assert message.replied_at
    assert message.sent_at
    assert message.replied_at - message.sent_at == timedelta(minutes=5)
    assert db.one("SELECT count(*) FROM email_message") == (2,)


@pytest.mark.parametrize(
    ("why", "mark"),
    [
        ("the add-in's property", "property"),
        ("the header", "header"),
    ],
)
def test_a_sent_mail_without_tokens_joins_by(world, box, mailbox, provider, why, mark):
    stamped = world.stamp(CAROL, subject="Offer")
    sent_at = clock.now() - timedelta(days=3)  # too late to be probable
    prop = f"String {{00020329-0000-0000-C000-000000000046}} Name cecp-{ADDIN}"
    header = "String {00020386-0000-0000-C000-000000000046} Name x-telltale-stamp"
    properties = {
        "property": {prop: json.dumps({"telltale-stamp": stamped.id})},
        "header": {header: stamped.id},
    }[mark]
    box.put("sentitems", sent_at, _properties=properties, **from_alice(subject="Changed"))

    run_dry(mailbox, provider)

    assert db.one("SELECT count(*) FROM email_message") == (1,)
    found = Stamp.get_by_id(stamped.id).sent_at
    assert found
    assert abs(found - sent_at) < timedelta(seconds=2)


@pytest.mark.parametrize("mark", ["nonsense", "11111111-2222-4333-8444-555555555555", "foreign"])
def test_a_mark_that_is_no_stamp_of_hers_is_none(world, box, mailbox, provider, mark):
    theirs = world.stamp(CAROL, subject="Bob's")
    db.execute("UPDATE stamp SET user_id = %s", [world.users["bob"].id])
    header = "String {00020386-0000-0000-C000-000000000046} Name x-telltale-stamp"
    told = theirs.id if mark == "foreign" else mark
    at = clock.now() - timedelta(days=3)
    box.put("sentitems", at, _properties={header: told}, **from_alice(subject="Plain"))

    run_dry(mailbox, provider)

    assert db.one("SELECT count(*) FROM email_message") == (2,)
    assert Stamp.get_by_id(theirs.id).state == "stamped"


def test_a_bounce_is_understood_from_its_bytes(world, box, mailbox, provider):
    stamped = world.send(CAROL, subject="Offer")
    db.execute("UPDATE email_message SET internet_message_id = '<1@prod.outlook.com>'")
    kind = {"name": "Content-Type", "value": "multipart/report; report-type=delivery-status"}
    report = box.put(
        **to_alice(headers=[kind], subject="Undeliverable", **{"from": who("postmaster@x.test")})
    )
    box.raws[report] = (
        b"From: postmaster@x.test\r\nTo: alice@ours.test\r\nSubject: Undeliverable\r\n"
        b"Message-ID: <2@x.test>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.test\r\n\r\n"
        b"Final-Recipient: rfc822; carol@northwind.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@prod.outlook.com>\r\n\r\nHi\r\n"
        b"--b--\r\n"
    )

    run_dry(mailbox, provider)

    assert world.message(stamped).is_bounced
    assert [each["kind"] for each in world.engagements(stamped)] == ["bounce"]


def test_a_grant_for_another_mailbox_is_not_believed(world, server, mailbox):
    server.box("somebody@ours.test", "other").put(**to_alice())
    provider = GraphMailbox(Graph.opened(server.url, lambda _anew: "other"), "x", ADDIN)

    turn(mailbox, provider)

    row = Mailbox.get_by_id(mailbox.id)
    assert (row.state, row.reason) == (MailboxState.NEEDS_REAUTH, "other_account")
    assert subjects() == []
    provider.close()


def test_headers_only_keeps_no_word_of_a_mail(box, mailbox, provider):
    Mailbox.update(capture_mode="headers").execute()
    body = {"contentType": "html", "content": "<p>canary of a body</p>"}
    box.put(**to_alice(subject="canary of a subject", body=body))

    run_dry(mailbox, provider)

    assert subjects() == [""]
    assert db.one("SELECT count(*) FROM message_body") == (0,)


class Killed(BaseException):
    """The worker dies: nothing of it runs any more."""


@pytest.mark.faults
@pytest.mark.parametrize("step", range(1, 9))
def test_a_worker_killed_at_any_call_leaves_nothing_missing_or_doubled(
    world, server, box, mailbox, provider, step
):
    fill(box, 45)
    calls = iter(range(1, 100))

    def token(_anew):
        if next(calls) == step:
            raise Killed
        return "token"

    dying = GraphMailbox(Graph.opened(server.url, token), world.alice.email, ADDIN)

    def work_on():
        while True:
            turn(mailbox, dying)

    with pytest.raises(Killed):
        work_on()
    dying.close()
    db.execute("UPDATE mailbox SET lease_until = NULL")
    box.move(next(iter(box.messages)), box.add_folder("Meanwhile"))
    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(45))
    assert db.one("SELECT count(*) FROM message_copy") == (45,)
