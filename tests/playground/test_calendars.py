"""Local calendars: bounded, in the order in which meetings came, and blind to odd ids."""

import pytest

from backend import clock
from backend.errors import NotFound, TooLarge
from playground import calendars as calendars_module
from playground.calendars import MAX_CALENDARS, MAX_ENTRIES, Calendars
from tests.world import CAROL

ALICE = "alice@ours.test"


@pytest.fixture
def calendars(tmp_path):
    return Calendars(tmp_path / "calendars")


def a_meeting(**changes):
    return {"id": clock.new_id().replace("-", ""), "summary": "Pricing"} | changes


def test_a_meeting_is_found_in_its_calendar_alone(calendars):
    entry = a_meeting()

    calendars.put("Alice@ours.test ", entry)

    assert calendars.ids(ALICE) == [entry["id"]]
    assert calendars.open(ALICE, entry["id"]) == entry
    assert calendars.ids(CAROL) == []
    with pytest.raises(NotFound):
        calendars.open(CAROL, entry["id"])


def test_what_came_after_a_meeting_is_told_in_its_order(calendars):
    made = [a_meeting() for _ in range(3)]
    for each in made:
        calendars.put(ALICE, each)

    ids = [each["id"] for each in made]
    assert calendars.ids(ALICE) == ids
    assert calendars.ids(ALICE, ids[0]) == ids[1:]
    assert calendars.ids(ALICE, ids[2]) == []


@pytest.mark.parametrize("entry_id", ["", "x", "../address", "0" * 31, "0" * 32])
def test_an_id_that_is_not_ours_finds_nothing(calendars, entry_id):
    calendars.put(ALICE, a_meeting())

    with pytest.raises(NotFound):
        calendars.open(ALICE, entry_id)


def test_the_oldest_meeting_makes_room(calendars):
    made = [a_meeting() for _ in range(MAX_ENTRIES + 2)]
    for each in made:
        calendars.put(ALICE, each)

    assert calendars.ids(ALICE) == [each["id"] for each in made[2:]]


def test_a_meeting_that_is_too_large_is_refused(calendars):
    with pytest.raises(TooLarge):
        calendars.put(ALICE, a_meeting(summary="x" * calendars_module.MAX_ENTRY_BYTES))

    assert calendars.ids(ALICE) == []


def test_there_are_only_so_many_calendars(calendars):
    for number in range(MAX_CALENDARS):
        calendars.put(f"a{number}@x.test", a_meeting())

    with pytest.raises(TooLarge):
        calendars.put("one-more@x.test", a_meeting())
    calendars.put("a0@x.test", a_meeting())
