"""A Microsoft calendar as sync sees it: a window of days, its changes, and series put together.

Graph tells a calendar view's changes for a window of days that stands in the place; the window is
rolled on each week, told whole and then once more by its old place, so that nothing that went
meanwhile is missed. Of a series' occurrences Graph tells times alone (the rest is the master's), of
one that was deleted it tells nothing, and a removal may mean that an entry left the window.

Source: learn.microsoft.com/graph/delta-query-events, api/event-delta, resources/event;
github.com/microsoftgraph/microsoft-graph-docs issues 7632 and pull request 4501 (occurrences).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from backend import clock
from backend.providers import graph_meetings
from backend.providers.calendar import Meeting, MeetingPage
from backend.providers.graph import Graph
from backend.providers.mail import PlaceLost
from backend.providers.places import Place

PAGE = 50
AHEAD = timedelta(days=180)
ROLLED = timedelta(days=7)


@dataclass(slots=True)
class _Place(Place):
    """`link` is where to ask on; behind a window's first round its old link is asked once more."""

    link: str
    rolled_at: str
    old: str = ""
    following: str = ""

    @property
    def is_old(self) -> bool:
        try:
            return clock.now() - datetime.fromisoformat(self.rolled_at) > ROLLED
        except (ValueError, TypeError):
            raise PlaceLost("unreadable") from None


class GraphCalendar:
    """The default calendar of one mailbox."""

    def __init__(self, graph: Graph, address: str) -> None:
        self._graph = graph
        self._address = address
        self._masters: dict[str, dict[str, Any]] = {}

    def meetings(self, place: str, page: str | None, since: datetime) -> MeetingPage:
        """A page of the window's entries, or of its changes."""
        here = _Place.of(page or place) if page or place else self._window(since)
        if page is None and place and here.is_old:
            here = self._window(since, old=here.link)
        found = self._graph.get(here.link, PAGE)
        items = [each for each in found.get("value", []) if each.get("id")]
        removed = [str(each["id"]) for each in items if "@removed" in each]
        there = [each for each in items if "@removed" not in each]
        series = tuple(str(each["id"]) for each in there if _is_series(each))
        told = (self._read(there), tuple(self.gone(removed)), series)
        following = found.get("@odata.nextLink")
        here.link = self._graph.below(following or found.get("@odata.deltaLink"))
        if not following and here.old:
            here = _Place(here.old, here.rolled_at, following=here.link)
            following = here.link
        if following:
            return MeetingPage(*told, next_page=here.text, is_windowed=True)
        end = _Place(here.following or here.link, here.rolled_at)
        return MeetingPage(*told, place=end.text, is_windowed=True)

    def gone(self, ids: Sequence[str]) -> frozenset[str]:
        """Those that Graph does not find any more, nor finds in a series that is."""
        found = self._by_id(ids, "?$select=id")
        return frozenset(each for each, what in found.items() if what is None)

    def _window(self, since: datetime, old: str = "") -> _Place:
        now = clock.now()
        start, end = (quote(f"{each:%Y-%m-%dT%H:%M:%SZ}") for each in (since, now + AHEAD))
        below = f"calendarView/delta?startDateTime={start}&endDateTime={end}"
        return _Place(self._graph.path(below), now.isoformat(), old)

    def _read(self, items: Sequence[dict[str, Any]]) -> tuple[Meeting, ...]:
        self._masters |= {str(each["id"]): each for each in items if _is_series(each)}
        series = {str(each["seriesMasterId"]) for each in items if each.get("seriesMasterId")}
        missing = sorted(series - self._masters.keys())
        self._masters |= {k: v for k, v in self._by_id(missing).items() if v is not None}
        found = (
            graph_meetings.meeting_of(
                each, self._masters.get(str(each.get("seriesMasterId"))), self._address
            )
            for each in items
            if not _is_series(each)
        )
        return tuple(each for each in found if each is not None)

    def _by_id(self, ids: Sequence[str], options: str = "") -> dict[str, dict[str, Any] | None]:
        """Entries by their ids; None for one that is gone. Raises ProviderError."""
        path = self._graph.path
        return self._graph.each({i: path(f"events/{quote(i, safe='')}{options}") for i in ids})


def _is_series(item: dict[str, Any]) -> bool:
    return item.get("type") == "seriesMaster"
