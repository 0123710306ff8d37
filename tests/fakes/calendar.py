"""A calendar at no provider: a log of what changed, read in pages; it refuses as it is told to."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend.providers.calendar import Meeting, MeetingPage
from backend.providers.mail import PlaceLost


@dataclass
class FakeCalendar:
    """Implements CalendarProvider. `refusals` are raised one by one, each by the next call."""

    page: int = 2
    entries: dict[str, Meeting] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    refusals: deque[Exception | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    oldest: int = 0
    whole: tuple[str, ...] = ()
    is_windowed: bool = False

    def put(self, meeting: Meeting) -> None:
        """An entry is new, or another one now."""
        self.entries[meeting.provider_id] = meeting
        self.log.append(meeting.provider_id)

    def tell_whole(self, series_id: str, occurrences: Sequence[Meeting]) -> None:
        """A series has these occurrences now and no others: the next page says so."""
        self.whole = (series_id,)
        for each in occurrences:
            self.put(each)

    def remove(self, provider_id: str) -> None:
        """Somebody deletes it."""
        del self.entries[provider_id]
        self.log.append(provider_id)

    def forget_changes(self) -> None:
        """From now on older places are lost."""
        self.oldest = len(self.log)

    def meetings(self, place: str, page: str | None, since: datetime) -> MeetingPage:
        self._call("meetings")
        if place and int(place) < self.oldest:
            raise PlaceLost("410")
        if not place and page is None and self.oldest:
            found = [each for each in self.entries.values() if each.ends_at >= since]
            return MeetingPage(tuple(found), place=str(len(self.log)))
        start = int(page or place or 0)
        end = min(start + self.page, len(self.log))
        ids = dict.fromkeys(self.log[start:end])
        found = [self.entries[each] for each in ids if each in self.entries]
        gone = tuple(each for each in ids if each not in self.entries)
        told = (tuple(found), gone, self.whole)
        if end < len(self.log):
            return MeetingPage(*told, next_page=str(end), is_windowed=self.is_windowed)
        return MeetingPage(*told, place=str(end), is_windowed=self.is_windowed)

    def gone(self, ids: Sequence[str]) -> frozenset[str]:
        self._call(f"gone {len(ids)}")
        return frozenset(ids) - self.entries.keys()

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.refusals:
            refusal = self.refusals.popleft()
            if refusal is not None:
                raise refusal
