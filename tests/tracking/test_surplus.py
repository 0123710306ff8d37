"""Of a flood only the first hits of a minute are looked at one by one; the rest is counted."""

from datetime import timedelta
from random import Random

import pytest

from backend.tracking import surplus
from backend.tracking.facts import Kind
from backend.tracking.surplus import MOST, Crowd, Line, Surplus
from backend.tracking.verdicts import LOW, Verdict
from tests.tracking.made import SENT_AT, clicked, opened, other

FLOOD = [clicked(60 + n / 100, reader_key=bytes([n % 256])) for n in range(MOST + 20)]


def lines_after(batches, known=None):
    """The lines that are known once these batches came, and the hits still looked at."""
    lines, stored = dict(known or {}), []
    for batch in batches:
        before = Surplus(lines)
        looked_at, behind = before.part([*stored, *batch], batch)
        lines |= before.grown_by(behind)
        stored = list(looked_at)
    return lines, {hit.id for hit in stored}


@pytest.mark.parametrize(
    ("why", "one", "another", "is_one"),
    [
        ("clicks of two readers", clicked(1), clicked(2, reader_key=b"x"), True),
        ("clicks on two links", clicked(1), clicked(2, link="other"), True),
        ("the same in two minutes", clicked(59), clicked(60), False),
        ("on two copies", clicked(1), clicked(2, copy="other"), False),
        ("a click and an open", clicked(1), opened(2), False),
        ("opens of one reader", opened(1), opened(2), True),
        ("opens of two readers", opened(1), opened(2, reader_key=b"x"), False),
        ("presses on a page", other(Kind.UNSUBSCRIBE, 1), other(Kind.UNSUBSCRIBE, 2), True),
        ("a marker and an open", other(Kind.MARKER, 1), opened(2), False),
    ],
)
def test_what_is_one_crowd(why, one, another, is_one):
    assert (surplus.crowd_of(one) == surplus.crowd_of(another)) is is_one, why


def test_up_to_so_many_all_are_looked_at():
    assert surplus.NONE.part(FLOOD[:MOST]) == (FLOOD[:MOST], [])


def test_what_comes_behind_them_is_one_line_for_each_link():
    late = clicked(118, link="other")

    looked_at, behind = surplus.NONE.part([late, *FLOOD])
    lines = surplus.NONE.grown_by(behind)

    crowd = Crowd(Kind.CLICK, "copy", b"", SENT_AT + timedelta(minutes=1))
    first, last = FLOOD[MOST], FLOOD[-1]
    assert looked_at == FLOOD[:MOST]
    assert lines == {
        (crowd, "link"): Line(first.id, first.received_at, last.received_at, 20, crowd, "link"),
        (crowd, "other"): Line(late.id, late.received_at, late.received_at, 1, crowd, "other"),
    }


def test_a_crowd_nothing_new_came_to_keeps_what_it_had():
    assert surplus.NONE.part(FLOOD, new=()) == (FLOOD, [])


@pytest.mark.parametrize("seed", range(8))
def test_in_whatever_batches_they_come_the_lines_are_those_of_the_whole(seed):
    chance = Random(seed)
    hits = [*FLOOD, *(clicked(chance.uniform(55, 130), link="other") for _ in range(60))]
    hits += [opened(60 + n / 30, reader_key=b"x") for n in range(MOST + 30)]
    whole, behind = surplus.NONE.part(hits)
    chance.shuffle(hits)

    batches = []
    while hits:
        count = chance.randint(1, 150)
        batches, hits = [*batches, hits[:count]], hits[count:]
    lines, looked_at = lines_after(batches)

    assert lines == surplus.NONE.grown_by(behind)
    assert looked_at == {hit.id for hit in whole}


def test_where_the_surplus_begins_is_known_by_its_lines():
    lines, _ = lines_after([FLOOD])
    known = Surplus(lines)

    assert not known.holds(FLOOD[MOST - 1])
    assert known.holds(FLOOD[MOST])
    assert known.holds(clicked(119, link="another"))
    assert not known.holds(clicked(120))
    assert not known.holds(opened(119))
    assert not surplus.NONE.holds(FLOOD[-1])


def test_a_line_is_shown_as_what_nobody_looked_at_and_counts_for_nothing():
    lines, _ = lines_after([FLOOD])

    (row,) = surplus.told(lines.values())

    assert (row.id, row.kind, row.repeats) == (FLOOD[MOST].id, "click", 19)
    assert (row.verdict, row.is_counted, row.confidence) == (Verdict.SUSPECTED, False, LOW)
    assert row.reasons == ("judged_in_bulk",)
    assert (row.client, row.country) == ("", None)
