"""The counters of a message, added up as hits come and counted anew where a count is taken back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from backend import db
from backend.tracking import summaries
from backend.tracking.drafts import Stamped
from backend.tracking.facts import Kind
from backend.tracking.summaries import Summary
from backend.tracking.targets import mails_of
from tests.world import NOON, World, hit, record


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def summed(cap: int, *events: tuple[str, float]) -> Summary:
    summary = Summary(cap)
    for kind, minutes in events:
        summary.add(kind, 1, at(minutes), at(minutes))
    return summary


@pytest.mark.parametrize(
    ("why", "events", "first", "last"),
    [
        ("opens alone", [("open", 1), ("open", 5)], 1, 5),
        ("late comers change no end", [("open", 5), ("open", 1), ("open", 3)], 1, 5),
        ("clicks alone stand for opens", [("click", 2), ("click", 4)], 2, 4),
        ("an earlier click is the first open", [("click", 1), ("open", 5)], 1, 5),
        ("a later click is not the last open", [("open", 1), ("click", 5)], 1, 1),
        ("an open takes over from clicks", [("click", 3), ("click", 9), ("open", 5)], 3, 5),
    ],
)
def test_the_first_may_be_a_click_and_the_last_is_an_open_if_there_is_one(
    why: str, events: list[tuple[str, float]], first: float, last: float
) -> None:
    summary = summed(101, *events)

    assert (summary.first, summary.last) == (at(first), at(last)), why


@pytest.mark.req("R17")
@pytest.mark.parametrize(
    ("cap", "opens", "shown"),
    [(101, 100, 100), (101, 101, 101), (101, 102, 101), (0, 5_000, 5_000), (1, 2, 1)],
)
def test_the_shown_count_stops_at_the_cap(cap: int, opens: int, shown: int) -> None:
    summary = Summary(cap)
    summary.add("open", opens, at(1), at(2))

    assert (summary.opens, summary.open_count) == (opens, shown)


def counters(world: World, stamped: Stamped) -> tuple[object, ...]:
    message = world.message(stamped)
    return (
        message.is_opened,
        message.is_open_inferred,
        message.opens_total,
        message.open_count,
        message.click_count,
        message.first_opened_at,
        message.last_opened_at,
    )


def count_anew(stamp_ids: Iterable[str]) -> None:
    wanted = list(stamp_ids)
    with db.transaction():
        summaries.write(mails_of(wanted), [], wanted)


@pytest.mark.parametrize(
    ("why", "hits", "expected"),
    [
        ("nothing", [], (False, False, 0, 0, 0, None, None)),
        ("an open", [("o", 2)], (True, False, 1, 1, 0, at(2), at(2))),
        ("a click", [("c", 9)], (True, True, 0, 0, 1, at(9), at(9))),
        ("a click, then an open", [("c", 9), ("o", 12)], (True, False, 1, 1, 1, at(9), at(12))),
        ("an open, then a click", [("o", 2), ("c", 9)], (True, False, 1, 1, 1, at(2), at(2))),
    ],
)
def test_what_is_added_up_is_what_is_counted_anew(
    world: World, why: str, hits: list[tuple[str, int]], expected: tuple[object, ...]
) -> None:
    stamped = world.send()
    for kind, minutes in hits:
        token = world.open_token(stamped) if kind == "o" else world.click_token(stamped)
        record(hit(token, Kind(kind), after=60 * minutes))
    added = counters(world, stamped)

    count_anew([stamped.id])

    assert added == counters(world, stamped) == expected, why


def test_a_cap_that_was_changed_holds_from_the_next_count_on(world: World) -> None:
    stamped = world.send()
    record(*(hit(world.open_token(stamped), after=60 * n) for n in range(1, 11)))
    world.set_policy(open_count_cap=3)

    count_anew([stamped.id])

    assert (world.message(stamped).open_count, world.message(stamped).opens_total) == (3, 10)


def test_one_mails_counters_are_no_other_mails(world: World) -> None:
    one, other = world.send(), world.send()

    record(hit(world.open_token(one)))
    count_anew([one.id, other.id])

    assert [world.message(each).opens_total for each in (one, other)] == [1, 0]


def test_only_the_users_named_are_told(world: World) -> None:
    bob = world.users["bob"]

    summaries.tell_users([bob.id])
    summaries.tell_users([])

    assert dict(db.rows('SELECT name, feed_version FROM "user" WHERE feed_version > 0')) == {
        "bob": 1
    }
