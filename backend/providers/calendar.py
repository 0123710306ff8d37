"""What sync asks of a calendar, in values that know no vendor and no table.

    meetings(place, page, since)   what is there or changed; the place moves on the last page only
    gone(ids)                      which of them are there no more

Times are aware and in UTC. A series is told as its occurrences, one by one as far as the provider
looks ahead, each with the series' own id and UID; the series itself is named, and is no meeting.
Every call may raise one of `backend.providers.mail`'s ProviderErrors; nothing else comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MeetingKind(StrEnum):
    """What a calendar's entry is; an exception is an occurrence that was changed by itself."""

    SINGLE = "single"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"


class Answer(StrEnum):
    """What an attendee answered; none is also what a calendar does not know of others."""

    NONE = "none"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Part(StrEnum):
    """Which part somebody has in a meeting; rooms and devices are resources."""

    ORGANIZER = "organizer"
    REQUIRED = "required"
    OPTIONAL = "optional"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody in a meeting; the address is as the provider writes it."""

    address: str
    name: str = ""
    part: Part = Part.REQUIRED
    answer: Answer = Answer.NONE


@dataclass(frozen=True, slots=True)
class Meeting:
    """One entry of a calendar, whole: what a provider tells in parts is put together before.

    `slot` is when an occurrence was to begin by its series, None for others. `zone` is the name of
    the time zone it was planned in, as the provider writes it. The organizer is an attendee, too.
    """

    provider_id: str
    kind: MeetingKind
    uid: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    subject: str = field(default="", repr=False)
    series_id: str = ""
    slot: datetime | None = None
    zone: str = ""
    is_all_day: bool = False
    is_private: bool = False
    is_cancelled: bool = False
    attendees: tuple[Attendee, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """One page. `place` is set on the last page, `next_page` on all others.

    `gone` are ids that the provider told as removed and, where that may mean less, looked up.
    `series` are ids of series that are told whole: what they had to come and have not now is gone;
    where the page `is_windowed` it may lie outside the days that are told, and is looked up first.
    """

    meetings: tuple[Meeting, ...]
    gone: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    place: str | None = None
    next_page: str | None = None
    is_windowed: bool = False


class CalendarProvider(Protocol):
    """One mailbox's own calendar."""

    def meetings(self, place: str, page: str | None, since: datetime) -> MeetingPage:
        """What changed since the place; everything from `since` on where the place is "".

        Raises PlaceLost if the place is too long ago.
        """

    def gone(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these entries that are not in the calendar any more."""
