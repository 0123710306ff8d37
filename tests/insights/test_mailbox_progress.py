"""How far a back-fill is, what lies apart, and what the count of the last days found."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import items, reconcile, streams
from backend.insights.mailbox_progress import Count, progress_of, standing_of
from tests.capture.letters import letter, mailbox_of, turn
from tests.fakes.mailbox import FakeMailbox


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


def far(mailbox):
    return progress_of([mailbox.id])[mailbox.id]


def test_the_providers_estimate_holds_until_all_is_listed(mailbox):
    stream = streams.of(mailbox.org_id, mailbox.id)
    shown = [far(mailbox)]
    streams.begin(stream, "0", clock.now())
    streams.note_listing(stream, ["a", "b"], "more", 5)
    items.finish(mailbox.id, {"a": items.CAPTURED})
    shown.append(far(mailbox))
    streams.note_listing(stream, ["c"], None, 2)
    shown.append(far(mailbox))
    items.finish(mailbox.id, {"b": items.CAPTURED, "c": "internal"})
    shown.append(far(mailbox))

    assert [(each.done, each.total, each.is_estimate, each.is_filled) for each in shown] == [
        (0, None, False, False),
        (1, 5, True, False),
        (1, 3, False, False),
        (3, 3, False, True),
    ]


def test_an_estimate_that_is_passed_is_none(mailbox):
    stream = streams.of(mailbox.org_id, mailbox.id)
    streams.begin(stream, "0", clock.now())
    streams.note_listing(stream, ["a", "b", "c"], "more", 2)

    assert (far(mailbox).total, far(mailbox).is_estimate) == (None, False)


def test_mails_that_lie_apart_are_told_with_their_reason(mailbox):
    items.queue(mailbox.org_id, mailbox.id, ["a", "b", "c"], is_live=True)
    for name, why in (("a", "ValueError"), ("b", "Unreadable: cut"), ("c", "ValueError")):
        for _ in range(items.MAX_ATTEMPTS):
            items.fail(mailbox.id, name, why)

    found = standing_of([mailbox.id])[mailbox.id]

    assert found.set_aside == [("ValueError", 2), ("Unreadable: cut", 1)]
    assert found.set_aside_count == 3


def test_the_last_count_is_told_and_what_of_it_came(world, mailbox):
    provider = FakeMailbox(world.alice.email)
    for number in range(3):
        at = clock.now() - timedelta(hours=number)
        provider.put(letter(message_id=f"<{number}@n.test>"), at)
    provider.broken.add("m2")
    reconcile.compare(mailbox, provider, "test")
    shown = [far(mailbox).count]

    for _ in range(items.MAX_ATTEMPTS):
        turn(mailbox, provider)
        db.execute("UPDATE sync_item SET next_try_at = NULL")
    reconcile.settle(mailbox.id)
    shown.append(far(mailbox).count)

    at = shown[0].counted_at
    assert shown == [Count(at, 3, 3, None), Count(at, 3, 3, 2)]
