"""Moments as a person is told them: in the reader's zone, near ones by how long ago they were."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.words import Language, t

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_UNITS = (("days", timedelta(days=1)), ("hours", _HOUR))


class Here(NamedTuple):
    """When, where and in which language a moment is told."""

    now: datetime
    zone: tzinfo = UTC
    language: Language = Language.EN


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


def exact(at: datetime, here: Here) -> str:
    """Date, time to the second and zone, on a 24-hour clock."""
    local = at.astimezone(here.zone)
    day = _date(local.date(), here, has_year=True)
    zone = str(here.zone) if isinstance(here.zone, ZoneInfo) else local.tzname() or "UTC"
    return t("times.day_and_time", here.language, day=day, time=f"{local:%H:%M:%S} {zone}")


def near(at: datetime, here: Here) -> str:
    """How long ago it was on the same day, else the time of day."""
    ago = here.now - at
    if ago < _MINUTE:
        return t("times.just_now", here.language)
    if ago < _HOUR:
        return t("times.minutes_ago", here.language, n=ago // _MINUTE)
    if _is_today(at, here):
        return t("times.hours_ago", here.language, n=ago // _HOUR)
    return f"{at.astimezone(here.zone):%H:%M}"


def dated(at: datetime, here: Here) -> str:
    """As `near` earlier the same day; what is to come, and any other day, by day and time."""
    is_today = _is_today(at, here)
    if is_today and at <= here.now:
        return near(at, here)
    local = at.astimezone(here.zone)
    has_year = local.year != here.now.year
    told = _date(local.date(), here, has_year=has_year)
    day = t("times.today", here.language) if is_today else told
    return t("times.day_and_time", here.language, day=day, time=f"{local:%H:%M}")


def after(start: datetime, end: datetime, here: Here) -> str:
    """How long it took from one moment to the other, in the largest unit that fits twice."""
    took = max(end - start, timedelta())
    for name, unit in _UNITS:
        if took >= 2 * unit:
            return t(f"times.after_{name}", here.language, n=took // unit)
    return t("times.after_minutes", here.language, n=took // _MINUTE)


def lasted(took: timedelta, here: Here) -> str:
    """A duration in days and hours, in hours and minutes, or in minutes: two units at most."""
    units = (*_UNITS, ("minutes", _MINUTE))
    first = next((at for at, (_, unit) in enumerate(units) if took >= unit), len(units) - 1)
    told: list[str] = []
    for name, unit in units[first : first + 2]:
        n, took = divmod(took, unit)
        if n or not told:
            told.append(t(f"times.{name}", here.language, n=n))
    return " ".join(told)


def heading(day: date, here: Here) -> str:
    """Today, Yesterday, or the date; with the year when it is another one."""
    today = here.now.astimezone(here.zone).date()
    if day == today:
        return t("times.today", here.language)
    if day == today - timedelta(days=1):
        return t("times.yesterday", here.language)
    return _date(day, here, has_year=day.year != here.now.year)


def day_of_year(day: date, here: Here) -> str:
    """The date with its year."""
    return _date(day, here, has_year=True)


def by_day(
    items: Iterable[Mapping[str, Any]], here: Here
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Feed items under the heading of their day in that zone, in the order they came."""
    days: list[tuple[str, list[Mapping[str, Any]]]] = []
    for item in items:
        title = heading(parse(item["occurred_at"]).astimezone(here.zone).date(), here)
        if not days or days[-1][0] != title:
            days.append((title, []))
        days[-1][1].append(item)
    return days


def _is_today(at: datetime, here: Here) -> bool:
    return at.astimezone(here.zone).date() == here.now.astimezone(here.zone).date()


def _date(day: date, here: Here, *, has_year: bool) -> str:
    key = "times.day_of_year" if has_year else "times.day"
    month = t(f"times.month_{day.month}", here.language)
    return t(key, here.language, day=day.day, month=month, year=str(day.year))
