"""Entries of a Google calendar as meetings.

Source: developers.google.com/workspace/calendar/api/v3/reference/events.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from backend.providers.calendar import Answer, Attendee, Meeting, MeetingKind, Part

ENTRY_FIELDS = (
    "id,status,iCalUID,recurringEventId,originalStartTime,recurrence,start,end,summary,visibility,"
    "updated,organizer(email,displayName),attendees(email,displayName,organizer,optional,resource,"
    "responseStatus)"
)
_ANSWERS = {each.value: each for each in (Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED)}
_PRIVATE = frozenset({"private", "confidential"})
# Source: developers.google.com/workspace/calendar/api/concepts/domain: rooms and group calendars
# have addresses below this domain.
_NOBODYS = ".calendar.google.com"

log = logging.getLogger(__name__)


def read(entries: Sequence[Mapping[str, Any]]) -> list[Meeting]:
    """Meetings of entries; one that is not as documented is left out, and the others are told."""
    found = []
    for entry in entries:
        try:
            found.append(_meeting(entry))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            log.warning("calendar entry cannot be read", extra={"why": type(error).__name__})
    return found


def _meeting(entry: Mapping[str, Any]) -> Meeting:
    slot = _at(entry["originalStartTime"]) if "originalStartTime" in entry else None
    starts_at = _at(entry["start"])
    kind = MeetingKind.SINGLE
    if slot is not None:
        # Google marks no exceptions: one that was moved shows it by its time.
        kind = MeetingKind.OCCURRENCE if slot == starts_at else MeetingKind.EXCEPTION
    return Meeting(
        provider_id=str(entry["id"]),
        kind=kind,
        uid=str(entry.get("iCalUID", "")),
        starts_at=starts_at,
        ends_at=_at(entry["end"]),
        changed_at=datetime.fromisoformat(entry["updated"]).astimezone(UTC),
        subject=str(entry.get("summary", "")),
        series_id=str(entry.get("recurringEventId", "")),
        slot=slot,
        zone=str(entry["start"].get("timeZone", "")),
        is_all_day="date" in entry["start"],
        is_private=entry.get("visibility") in _PRIVATE,
        attendees=_attendees(entry),
    )


def _at(told: Mapping[str, Any]) -> datetime:
    """`{"dateTime": "2026-11-20T10:00:00+01:00"}`; of a whole day its midnight, as if in UTC."""
    if "date" in told:
        return datetime.combine(date.fromisoformat(told["date"]), time(), UTC)
    at = datetime.fromisoformat(told["dateTime"])
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at.astimezone(UTC)


def _attendees(entry: Mapping[str, Any]) -> tuple[Attendee, ...]:
    """Everybody with an address, the organizer too, who need not be among the attendees."""
    organizer = entry.get("organizer", {})
    people = [{**organizer, "organizer": True}, *entry.get("attendees", [])]
    return tuple(
        Attendee(
            address=str(each["email"]),
            name=str(each.get("displayName", "")),
            part=_part(each),
            answer=_ANSWERS.get(str(each.get("responseStatus", "")), Answer.NONE),
        )
        for each in people
        if each.get("email")
    )


def _part(told: Mapping[str, Any]) -> Part:
    if told.get("resource") or str(told["email"]).endswith(_NOBODYS):
        return Part.RESOURCE
    if told.get("organizer"):
        return Part.ORGANIZER
    return Part.OPTIONAL if told.get("optional") else Part.REQUIRED
