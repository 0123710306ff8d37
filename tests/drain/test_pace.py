"""A batch takes as many hits as are taken in while others can wait for the lock."""

import pytest

from backend import clock
from backend.drain.pace import FIRST, HELD_S, LEAST, MOST, Pace


@pytest.mark.parametrize(
    ("why", "hits", "seconds", "size"),
    [
        ("as many as fit", FIRST, HELD_S * 2, FIRST // 2),
        ("more where they fit", FIRST, HELD_S / 1.5, FIRST * 3 // 2),
        ("never more than that", FIRST, HELD_S / 100, MOST),
        ("never fewer than that", FIRST, HELD_S * 100, LEAST),
        ("a few hits say nothing of many", FIRST - 1, HELD_S * 2, FIRST),
    ],
)
def test_a_batch_takes_what_fits_into_the_time(why, hits, seconds, size):
    pace = Pace()

    pace.note(hits, seconds)

    assert pace.size == pytest.approx(size, abs=1), why


def test_it_grows_by_steps_out_of_a_bad_moment():
    pace = Pace()
    pace.note(FIRST, HELD_S * 100)

    pace.note(LEAST, HELD_S / 1000)

    assert pace.size == 2 * LEAST


def test_what_is_measured_is_noted():
    pace, began = Pace(), clock.monotonic()

    with pace.measured(FIRST):
        pass

    most_s = max(clock.monotonic() - began, 0.001)  # whatever a busy machine did meanwhile
    assert min(MOST, int(FIRST * HELD_S / most_s)) <= pace.size <= MOST


def test_a_size_that_is_given_stays():
    pace = Pace(7)

    pace.note(7, 60)

    assert pace.size == 7
