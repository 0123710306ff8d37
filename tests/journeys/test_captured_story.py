"""Two organisations at a Google in trouble: the contact's page tells the whole story afterwards.

A rep sends a tracked mail, the customer opens it, answers and is met; calls fail all the while. At
the end the count of what Google has against what is here says 0 missing.
"""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import reconcile
from backend.models.access import issue_signin_link
from backend.models.mailboxes import Mailbox, MailboxState
from tests.capture.letters import letter
from tests.capture.worker import connect, look_again
from tests.world import CAROL, NOON, hit, record

QUOTE = {
    "from": f"Carol <{CAROL}>",
    "to": ["alice@ours.test"],
    "cc": ["bob@ours.test"],
    "subject": "What would it cost?",
    "body": "Hi",
    "date": "2026-11-19T16:02:00Z",
    "labels": ["INBOX"],
}
TROUBLE = (
    ("gmail", "gmail.users.messages.get", "rate_limit", 2),
    ("gmail", "gmail.users.messages.list", "server_error", 1),
    ("gmail", "gmail.users.history.list", "transport_error", 2),
    ("gmail", "gmail.users.messages.get", "truncated", 4),
    ("calendar", "calendar.events.list", "server_error", 2),
)
LOOKS = 10


@pytest.mark.req("R42", "R46", "R48", "R52", "R59")
def test_the_contacts_page_tells_what_was_sent_opened_answered_and_met(
    world, host, safe, runner, client
):
    faults = [
        {"server": server, "tool": tool, "kind": kind, "on_call": call}
        for server, tool, kind, call in TROUBLE
    ]
    answers = [{"person": CAROL, "reply": "Sounds good", "delay": "+5m"}]
    there = host.world([QUOTE], seed={"auto_replies": answers}, faults=faults)
    for name in ("alice", "bob"):
        connect(world, safe, name, there.token(name))
    look_until_quiet(runner)

    stamped = world.stamp(CAROL, subject="Our offer")
    offer = letter("alice@ours.test", CAROL, "Our offer", html=stamped.html)
    there.send("alice", offer.as_bytes())
    there.plan("alice", meeting())
    there.advance(600)
    look_until_quiet(runner)
    sent_at = world.message(stamped).sent_at
    record(hit(world.open_token(stamped), after=(sent_at - NOON).total_seconds() + 120))

    page = person_page(client, world)
    assert "What would it cost?" in page
    assert "Our offer" in page
    assert "Opened" in page
    assert "Replied" in page
    assert "Looking at the offer together" in page
    assert {row.address: missing(runner, row) for row in Mailbox.select()} == {
        "alice@ours.test": 0,
        "bob@ours.test": 0,
    }
    # The same mail, answer and meeting in two mailboxes are one each.
    assert db.one("SELECT count(*) FROM email_message") == (3,)
    assert db.one("SELECT count(*) FROM calendar_event") == (1,)


def meeting():
    """Alice, Bob and Carol the day after tomorrow."""
    at = clock.now() + timedelta(days=2)
    times = {"start": timedelta(), "end": timedelta(hours=1)}
    return {
        "summary": "Looking at the offer together",
        "attendees": [{"email": "bob@ours.test"}, {"email": CAROL}],
        **{name: {"dateTime": (at + more).isoformat()} for name, more in times.items()},
    }


def look_until_quiet(runner):
    """Look again until no mailbox and no calendar waits for its provider."""
    for _ in range(LOOKS):
        look_again(runner)
        states = {row.state for row in Mailbox.select()}
        refused = db.one("SELECT count(*) FROM sync_stream WHERE reason <> ''")
        if states == {MailboxState.ACTIVE} and refused == (0,):
            return
    raise AssertionError(f"still waiting: {states}, {refused}")


def missing(runner, mailbox):
    opened = runner.open(mailbox)
    try:
        return reconcile.compare(mailbox, opened.provider, "test").missing
    finally:
        opened.close()


def person_page(client, world):
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    return client.get(f"/console/people/{world.people['carol'].id}").text
