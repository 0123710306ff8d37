"""The count of the last days: what a lost change left out is found and fetched."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import leases, reconcile
from backend.insights.mailbox_progress import progress_of
from tests.capture.letters import letter, mailbox_of, run_dry
from tests.capture.worker import connect, look_again
from tests.capture.worker import run_dry as run_dry_all
from tests.fakes.mailbox import FakeMailbox
from tests.world import CAROL

QUOTE = {
    "from": f"Carol <{CAROL}>",
    "to": ["alice@ours.test"],
    "subject": "Quote",
    "body": "Hi",
    "labels": ["INBOX"],
}


@pytest.mark.req("R42")
def test_what_is_missing_is_counted_and_fetched(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    for number in range(5):
        at = clock.now() - timedelta(hours=number)
        provider.put(letter(message_id=f"<{number}@n.test>"), at)
    run_dry(mailbox, provider)
    provider.put(letter(message_id="<lost@n.test>"), clock.now())
    provider.put(letter(message_id="<old@n.test>"), clock.now() - timedelta(days=30))
    db.execute("UPDATE sync_stream SET cursor = '7'")  # two changes that nobody told us

    tally = reconcile.compare(mailbox, provider, "test")
    run_dry(mailbox, provider)

    assert (tally.checked, tally.missing) == (6, 1)
    assert reconcile.compare(mailbox, provider, "test").missing == 0
    assert db.one("SELECT count(*) FROM email_message") == (6,)


def test_what_was_left_out_is_not_missing(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    provider.put(letter("bob@ours.test"), clock.now())
    run_dry(mailbox, provider)

    assert reconcile.compare(mailbox, provider, "test") == reconcile.Tally(checked=1, missing=0)


def test_nothing_is_counted_while_another_worker_has_the_mailbox(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    provider.put(letter(), clock.now())
    lease = leases.take(mailbox.id, "other")

    assert reconcile.compare(mailbox, provider, "test") is None

    leases.release(lease)
    assert reconcile.compare(mailbox, provider, "test").missing == 1


def test_how_many_are_here_now_is_said_once_none_of_them_waits(world):
    provider, mailbox = FakeMailbox(world.alice.email), mailbox_of(world.alice)
    provider.put(letter(), clock.now())
    reconcile.compare(mailbox, provider, "test")
    repaired = []

    for state in ("retry", "done"):
        db.execute("UPDATE sync_item SET state = %s", [state])
        reconcile.settle(mailbox.id)
        repaired.append(progress_of([mailbox.id])[mailbox.id].count.repaired)

    assert repaired == [None, 1]


@pytest.mark.parametrize(
    ("why", "hour", "hours_ago", "is_due"),
    [
        ("by day a night's count is waited for", 14, 20, False),
        ("at night", 2, 20, True),
        ("once a night", 3, 2, False),
        ("the first night, though first seen in the evening", 2, 7, True),
        ("nobody counted at night", 14, 27, True),
    ],
)
def test_a_mailbox_is_counted_once_a_night(world, why, hour, hours_ago, is_due):
    mailbox, now = mailbox_of(world.alice), clock.now().replace(hour=hour)

    assert not reconcile.is_wanted(mailbox, now - timedelta(hours=hours_ago))
    assert reconcile.is_wanted(mailbox, now) is is_due, why
    assert not reconcile.is_wanted(mailbox, now)  # whoever asks next


def test_the_worker_counts_by_itself_and_fetches_what_is_missing(world, host, safe, runner):
    now = clock.now()
    quote = QUOTE | {"date": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
    there = host.world([quote], now=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    mailbox = connect(world, safe, "alice", there.token("alice"))
    run_dry_all(runner)
    db.execute("DELETE FROM sync_item")
    db.execute("DELETE FROM email_message")
    db.execute("UPDATE reconciliation SET tried_at = %s", [clock.now() - timedelta(hours=27)])

    look_again(runner)
    look_again(runner)

    count = progress_of([mailbox.id])[mailbox.id].count
    assert (count.checked, count.missing, count.repaired) == (1, 1, 1)
    assert db.one("SELECT count(*) FROM email_message") == (1,)
