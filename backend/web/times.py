"""Moments as a person is told them: in the reader's zone, near ones by how long ago they were."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_JUST_NOW = timedelta(minutes=1)
_DAY = timedelta(days=1)


def zone_of(*names: str) -> tzinfo:
    """The first of these zones (IANA names, from anyone) that there is; UTC if none."""
    for name in names:
        if not _ZONE_NAME.fullmatch(name):
            continue
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder
            continue
    return UTC


def parse(text: str) -> datetime:
    """The moment of a time as our answers write it."""
    return datetime.fromisoformat(text)


def exact(at: datetime, zone: tzinfo) -> str:
    """Date, time to the second and zone, on a 24-hour clock."""
    local = at.astimezone(zone)
    return f"{_date(local.date())} {local.year}, {local:%H:%M:%S} {_zone_name(local, zone)}"


def near(at: datetime, now: datetime, zone: tzinfo) -> str:
    """How long ago it was within a day, else the time of day (a day heading says the rest)."""
    ago = now - at
    if ago < _JUST_NOW:
        return "just now"
    if ago < timedelta(hours=1):
        return f"{ago // timedelta(minutes=1)} min ago"
    if ago < _DAY and at.astimezone(zone).date() == now.astimezone(zone).date():
        return f"{ago // timedelta(hours=1)} h ago"
    return f"{at.astimezone(zone):%H:%M}"


def dated(at: datetime, now: datetime, zone: tzinfo) -> str:
    """As `near` on the same day, with the day before it on any other."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return near(at, now, zone)
    return f"{_date(local.date(), is_short=True)}{_year(local.date(), now)}, {local:%H:%M}"


def heading(day: date, now: datetime, zone: tzinfo) -> str:
    """Today, Yesterday, or the date; with the year when it is another one."""
    today = now.astimezone(zone).date()
    if day == today:
        return "Today"
    if day == today - _DAY:
        return "Yesterday"
    return f"{day:%A} {_date(day)}{_year(day, now)}"


def by_day(
    items: Iterable[Mapping[str, Any]], now: datetime, zone: tzinfo
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Feed items under the heading of their day in that zone, in the order they came."""
    days: list[tuple[str, list[Mapping[str, Any]]]] = []
    for item in items:
        title = heading(parse(item["occurred_at"]).astimezone(zone).date(), now, zone)
        if not days or days[-1][0] != title:
            days.append((title, []))
        days[-1][1].append(item)
    return days


def _date(day: date, *, is_short: bool = False) -> str:
    return f"{day.day} {day:%b}" if is_short else f"{day.day} {day:%B}"


def _year(day: date, now: datetime) -> str:
    return "" if day.year == now.year else f" {day.year}"


def _zone_name(local: datetime, zone: tzinfo) -> str:
    return str(zone) if isinstance(zone, ZoneInfo) else local.tzname() or "UTC"
