"""Moments as a person is told them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.web import times
from backend.words import Language

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HERE = times.Here(NOW, BERLIN)
HIER = times.Here(NOW, BERLIN, Language.DE)


@pytest.mark.parametrize(
    ("why", "names", "zone"),
    [
        ("the browser's own", ("Europe/Berlin", "UTC"), "Europe/Berlin"),
        ("the next one, where it is unknown", ("Mars/Olympus", "Asia/Tokyo"), "Asia/Tokyo"),
        ("no file of the server's", ("../../etc/passwd", "Asia/Tokyo"), "Asia/Tokyo"),
        ("a folder is no zone", ("Europe", "Asia/Tokyo"), "Asia/Tokyo"),
        ("an endless one", ("A" * 10_000, "Asia/Tokyo"), "Asia/Tokyo"),
        ("NUL", ("UTC\0", "Asia/Tokyo"), "Asia/Tokyo"),
        ("none at all", ("", ""), "UTC"),
    ],
)
def test_the_zone_is_the_first_that_there_is(why, names, zone):
    assert str(times.zone_of(*names)) == zone, why


@pytest.mark.parametrize(
    ("took", "shown"),
    [
        (timedelta(seconds=-5), "after 0 min"),
        (timedelta(seconds=59), "after 0 min"),
        (timedelta(minutes=119), "after 119 min"),
        (timedelta(hours=2), "after 2 h"),
        (timedelta(hours=47), "after 47 h"),
        (timedelta(days=2), "after 2 days"),
    ],
)
def test_how_long_something_took_is_told_in_a_unit_that_fits(took, shown):
    assert times.after(NOW, NOW + took, HERE) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=12), "12 h ago"),
        (timedelta(hours=14), "23:00"),
        (timedelta(days=3), "13:00"),
    ],
)
def test_near_moments_are_told_by_how_long_ago(ago, shown):
    assert times.near(NOW - ago, HERE) == shown


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (NOW - timedelta(minutes=3), "3 min ago"),
        (NOW - timedelta(days=1), "1 March, 13:00"),
        (datetime(2025, 12, 31, 8, 5, tzinfo=UTC), "31 December 2025, 09:05"),
        (NOW + timedelta(seconds=30), "Today, 13:00"),
        (NOW + timedelta(hours=2), "Today, 15:00"),
        (NOW + timedelta(days=1), "3 March, 13:00"),
    ],
)
def test_other_days_and_what_is_to_come_are_told_by_their_date(at, shown):
    assert times.dated(at, HERE) == shown


def test_the_exact_time_names_its_zone():
    assert times.exact(NOW, HERE) == "2 March 2026, 13:00:00 Europe/Berlin"
    assert times.exact(NOW, times.Here(NOW)) == "2 March 2026, 12:00:00 UTC"


DURATIONS = (
    ("none", timedelta(), "0 minutes", "0 Minuten"),
    ("one minute, seconds left out", timedelta(seconds=119), "1 minute", "1 Minute"),
    ("minutes", timedelta(minutes=59), "59 minutes", "59 Minuten"),
    ("an hour and nothing", timedelta(hours=1), "1 hour", "1 Stunde"),
    ("hours and minutes", timedelta(hours=3, minutes=5), "3 hours 5 minutes",
     "3 Stunden 5 Minuten"),
    ("a day and an hour", timedelta(minutes=1538), "1 day 1 hour", "1 Tag 1 Stunde"),
    ("days and no hour", timedelta(days=2, minutes=59), "2 days", "2 Tage"),
    ("many days", timedelta(days=1200, hours=2), "1,200 days 2 hours", "1.200 Tage 2 Stunden"),
)  # fmt: skip


@pytest.mark.parametrize(("why", "took", "english", "german"), DURATIONS)
def test_how_long_something_lasted_is_told_in_two_units_at_most(why, took, english, german):
    assert times.lasted(took, HERE) == english, why
    assert times.lasted(took, HIER) == german, why


def test_items_stand_under_the_day_of_the_readers_zone():
    moments = ["2026-03-02T10:00:00Z", "2026-03-01T23:30:00Z", "2026-03-01T22:30:00Z"]
    moments += ["2026-02-20T10:00:00Z", "2025-11-03T10:00:00Z"]
    items = [{"occurred_at": at} for at in moments]

    days = times.by_day(items, HERE)

    assert [(title, len(found)) for title, found in days] == [
        ("Today", 2),
        ("Yesterday", 1),
        ("20 February", 1),
        ("3 November 2025", 1),
    ]


def test_a_day_is_told_with_its_year():
    assert times.day_of_year(NOW.date(), HERE) == "2 March 2026"
    assert times.day_of_year(NOW.date(), HIER) == "2. März 2026"


def test_german_times_are_german():
    assert times.near(NOW - timedelta(minutes=3), HIER) == "vor 3 Min."
    assert times.dated(NOW - timedelta(days=1), HIER) == "1. März, 13:00"
    assert times.exact(NOW, HIER) == "2. März 2026, 13:00:00 Europe/Berlin"
