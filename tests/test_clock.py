from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import clock

# Naive, as hypothesis wants its bounds; from 1970 on, where the times of ids begin.
TIMES = st.datetimes(min_value=clock.EPOCH.replace(tzinfo=None), timezones=st.just(UTC)).filter(
    lambda at: at.year < 9999
)


def test_now_is_aware_and_in_utc(time_machine):
    at = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    time_machine.move_to(at, tick=False)

    assert clock.now() == at
    assert clock.now().utcoffset() == timedelta()


def test_seconds_for_waits_never_step_back():
    first = clock.monotonic()

    assert clock.monotonic() >= first


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact_both_ways(at):
    assert clock.from_micros(clock.micros(at)) == at


@given(TIMES)
def test_an_id_knows_its_millisecond(at):
    made = clock.new_id(at)

    assert timedelta() <= at - clock.id_time(made) < timedelta(milliseconds=1)
    assert len(made) == 36
    assert made == made.lower()
    assert (made[14], made[19] in "89ab") == ("7", True)


@given(TIMES)
def test_ids_keep_the_order_of_time(at):
    later = clock.new_id(at + timedelta(milliseconds=1))

    assert clock.new_id(at) < later


@pytest.mark.parametrize("gap", [1, 10, 999])
def test_ids_inside_a_millisecond_keep_their_order_too(gap):
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    random = "0" * 20

    first = clock.id_of(clock.micros(at), random)
    second = clock.id_of(clock.micros(at + timedelta(microseconds=gap)), random)

    assert first < second


def test_a_hundred_thousand_ids_of_one_moment_are_all_different():
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert len({clock.new_id(at) for _ in range(100_000)}) == 100_000


@given(TIMES)
def test_ids_of_one_moment_are_each_as_made_alone(at):
    alone, many = clock.new_id(at), list(islice(clock.ids(at), 100))

    assert {(len(one), one[:18], one[19] in "89ab") for one in many} == {(36, alone[:18], True)}
    assert len({one[20:] for one in many}) == len(many)


def test_microseconds_run_ahead_as_the_clock_does():
    clock.run_ahead_by(lambda: timedelta(days=1))
    ahead = clock.micros(clock.now()) - clock.now_micros()
    clock.run_ahead_by(None)
    together = clock.micros(clock.now()) - clock.now_micros()

    assert max(abs(ahead), abs(together)) < 1_000_000
