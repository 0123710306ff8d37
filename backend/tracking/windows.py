"""Stretches of time within which engagements are made anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend.tracking.classify import RADIUS
from backend.tracking.facts import RawHit


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, but without, `end`; None is open-ended."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether that moment lies in it."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def condition(self, column: str) -> tuple[str, list[datetime]]:
        """The window as SQL to put behind other conditions, and its parameters."""
        bounds = [(self.start, ">="), (self.end, "<")]
        given = [(at, sign) for at, sign in bounds if at is not None]
        return "".join(f" AND {column} {sign} %s" for _, sign in given), [at for at, _ in given]


ALWAYS = Window()


def around(hits: Sequence[RawHit], cycle: timedelta) -> tuple[Window, Window]:
    """What may change through these hits, in whole cycles, and how far one must look to say so.

    With organisations of different cycles, `cycle` is the longest. A shorter one may cross a
    border; the second window is wider by a cycle on both sides, so that its fold is whole, and an
    engagement belongs to where its first hit lies.
    """
    times = [hit.received_at for hit in hits]
    return _between(min(times), max(times), cycle)


def around_moment(at: datetime, cycle: timedelta) -> tuple[Window, Window]:
    """The same for something else that happened at that moment."""
    return _between(at, at, cycle)


def _between(first: datetime, last: datetime, cycle: timedelta) -> tuple[Window, Window]:
    start = _floor(first - RADIUS, cycle)
    end = _floor(last + RADIUS, cycle) + cycle
    return Window(start, end), Window(start - RADIUS - cycle, end + RADIUS + cycle)


def _floor(at: datetime, cycle: timedelta) -> datetime:
    seconds = int(cycle.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)
