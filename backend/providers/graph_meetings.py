"""An event of Graph's as a meeting; an occurrence with what its series says.

Source: learn.microsoft.com/graph/api/resources/event (2026). Times come in UTC, since none else is
asked for (header Prefer: outlook.timezone).
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from backend.providers.calendar import Answer, Attendee, Meeting, MeetingKind, Part

Parts = Mapping[str, Any]

_KINDS = {
    "singleInstance": MeetingKind.SINGLE,
    "occurrence": MeetingKind.OCCURRENCE,
    "exception": MeetingKind.EXCEPTION,
}
_ANSWERS = {
    "accepted": Answer.ACCEPTED,
    "tentativelyAccepted": Answer.TENTATIVE,
    "declined": Answer.DECLINED,
}
_PARTS = {"optional": Part.OPTIONAL, "resource": Part.RESOURCE}
_PRIVATE = frozenset({"personal", "private", "confidential"})
_UTC = frozenset({"", "utc", "tzone://microsoft/utc"})

log = logging.getLogger(__name__)


def meeting_of(event: Parts, master: Parts | None, address: str) -> Meeting | None:
    """The meeting; None for a draft, and for one that cannot be read (which is logged).

    `address` is the calendar's own: its answer is told apart from the attendees' list.
    """
    try:
        return _meeting(event, master or {}, address)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        log.warning("event unreadable", extra={"why": type(error).__name__})
        return None


def _meeting(event: Parts, master: Parts, address: str) -> Meeting | None:
    kind = _KINDS[event.get("type") or "singleInstance"]
    is_part = kind in {MeetingKind.OCCURRENCE, MeetingKind.EXCEPTION}
    if is_part and not master:
        return None  # the series went meanwhile
    whole = {**(master if is_part else {}), **{k: v for k, v in event.items() if v is not None}}
    if whole.get("isDraft"):
        return None  # nobody was invited yet
    starts_at = _time(event["start"])
    original = event.get("originalStart")
    slot = datetime.fromisoformat(original) if original else starts_at
    uid = str((master if is_part else event).get("iCalUId") or "")
    return Meeting(
        provider_id=str(event["id"]),
        kind=kind,
        uid=uid,
        starts_at=starts_at,
        ends_at=max(starts_at, _time(event["end"])),
        changed_at=datetime.fromisoformat(whole["lastModifiedDateTime"]),
        subject=str(whole.get("subject") or ""),
        series_id=str(event.get("seriesMasterId") or "") if is_part else "",
        slot=slot.astimezone(UTC) if is_part else None,
        zone=str(whole.get("originalStartTimeZone") or ""),
        is_all_day=bool(whole.get("isAllDay")),
        is_private=whole.get("sensitivity") in _PRIVATE,
        is_cancelled=bool(whole.get("isCancelled")),
        attendees=tuple(_people(whole, address)),
    )


def _people(event: Parts, address: str) -> Iterator[Attendee]:
    organizer = event.get("organizer") or {}
    if organizer:
        yield _person(organizer, Part.ORGANIZER, Answer.NONE)
    own = _ANSWERS.get((event.get("responseStatus") or {}).get("response") or "", Answer.NONE)
    for each in event.get("attendees") or []:
        said = _ANSWERS.get((each.get("status") or {}).get("response") or "", Answer.NONE)
        found = _person(each, _PARTS.get(each.get("type") or "", Part.REQUIRED), said)
        is_own = found.address.lower() == address
        yield _person(each, found.part, own) if is_own and own is not Answer.NONE else found


def _person(told: Parts, part: Part, answer: Answer) -> Attendee:
    who = told.get("emailAddress") or {}
    return Attendee(str(who.get("address") or ""), str(who.get("name") or ""), part, answer)


def _time(told: Parts) -> datetime:
    if str(told.get("timeZone") or "").lower() not in _UTC:
        raise ValueError("another zone than was asked for")
    return datetime.fromisoformat(told["dateTime"]).replace(tzinfo=UTC)
