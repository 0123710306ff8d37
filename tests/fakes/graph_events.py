"""A calendar at Microsoft: events, and the changes of a view of it for a window of days.

With what Microsoft's pages and trackers tell: an occurrence has its times alone, a series that
changed is told whole and on one page, one of its occurrences that was deleted is told by nothing,
and an event that left the window as a removal.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes import graph_payloads, graph_rules
from tests.fakes.graph_mail import selected, stamp_of
from tests.fakes.graph_payloads import EVENT, REMOVED_EVENT, Payload
from tests.fakes.graph_rules import Request

# github.com/microsoftgraph/microsoft-graph-docs/issues/7632, the only properties of an occurrence
OF_OCCURRENCE = ("id", "seriesMasterId", "type", "start", "end")


@dataclass
class View:
    """What stands behind a state token of a calendar view."""

    start: str
    end: str
    seq: int
    shown: tuple[str, ...] = ()  # what of it was told
    left: tuple[str, ...] = ()  # of a first round


@dataclass
class GraphEvents:
    """The events of one calendar; `log` has the ids of what changed."""

    events: dict[str, Payload] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def put(self, at: datetime, hours: float = 1, **changes: object) -> str:
        """A meeting; its id."""
        event_id = f"AAMkADVx{next(self.numbers):05d}AAA="
        values = {
            "id": event_id,
            "iCalUId": f"040000008200E00074C5B7101A82E008{event_id}",
            "start": moment(at),
            "end": moment(at + timedelta(hours=hours)),
        } | changes
        self.events[event_id] = EVENT | values
        self.log.append(event_id)
        return event_id

    def series(self, *starts: datetime, **changes: object) -> tuple[str, list[str]]:
        """A series with these occurrences: the ids of its master and of them."""
        master = self.put(starts[0], type="seriesMaster", **changes)
        of_it = {"type": "occurrence", "seriesMasterId": master}
        return master, [self.put(each, **of_it) for each in starts]

    def change(self, event_id: str, **changes: object) -> None:
        """Somebody edits it; of a series all is told."""
        self.events[event_id] |= changes
        self.log.append(event_id)
        self.log += [each for each in self.events if self._master(each) == event_id]

    def remove(self, event_id: str) -> None:
        """Somebody deletes it; of an occurrence only the series' change is told."""
        master = self._master(event_id)
        del self.events[event_id]
        if master:
            self.change(master)
        else:
            self.log.append(event_id)

    def page(self, view: View, size: int) -> tuple[list[Payload], View, bool]:
        """The next items, the state behind them, and whether the round is over."""
        if view.seq < 0:
            inside = [each for each in self.events if self._is_inside(each, view)]
            view = View(view.start, view.end, len(self.log), tuple(inside), tuple(inside))
            return self._first(view, size)
        if view.left:
            return self._first(view, size)
        told, shown = [], dict.fromkeys(view.shown)
        for each in dict.fromkeys(self.log[view.seq :]):
            if self._is_inside(each, view):
                shown[each] = None
                told.append(self._told(each))
            elif each in shown and not self._is_occurrence(each):
                del shown[each]
                told.append(REMOVED_EVENT | {"id": each})
        return told, View(view.start, view.end, len(self.log), tuple(shown)), True

    def _first(self, view: View, size: int) -> tuple[list[Payload], View, bool]:
        told = [self._told(each) for each in view.left[:size] if each in self.events]
        rest = view.left[size:]
        return told, View(view.start, view.end, view.seq, view.shown, rest), not rest

    def _told(self, event_id: str) -> Payload:
        event = self.events[event_id]
        if event["type"] == "occurrence":
            return {name: event[name] for name in OF_OCCURRENCE}
        return event

    def _master(self, event_id: str) -> str:
        return str(self.events[event_id].get("seriesMasterId") or "")

    def _is_occurrence(self, event_id: str) -> bool:
        return event_id in self.events and bool(self._master(event_id))

    def _is_inside(self, event_id: str, view: View) -> bool:
        event = self.events.get(event_id)
        if event is None:
            return False
        if event["type"] == "seriesMaster":
            parts = [each for each in self.events if self._master(each) == event_id]
            return any(self._is_inside(each, view) for each in parts)
        start, end = event["start"]["dateTime"], event["end"]["dateTime"]
        return bool(start < view.end and end > view.start)


def moment(at: datetime) -> Payload:
    """A moment as an event has it."""
    return {"dateTime": stamp_of(at).removesuffix("Z") + ".0000000", "timeZone": "UTC"}


def answer(events: GraphEvents, request: Request, url: str) -> tuple[int, Payload]:
    """What a request for an event, or for a view of the calendar, gets."""
    if request.segments[0] == "events":
        found = events.events.get(request.segments[1])
        if found is None:
            return 404, graph_payloads.NOT_FOUND
        return 200, selected(found, request.query.get("$select", ""))
    known = [request.query[each] for each in graph_rules.STATE if each in request.query]
    if known:
        view = events.views.get(known[0])
    else:
        view = View(request.query["startDateTime"], request.query["endDateTime"], -1)
    if view is None:
        return 410, graph_payloads.EXPIRED
    shown, later, is_over = events.page(view, graph_rules.page_size(request.prefer, 10))
    state = f"R0usmcCM996atia_s{len(events.views)}"
    events.views[state] = later
    onward = graph_rules.onward(request, url, state, is_over=is_over)
    return 200, {"@odata.context": "…", **onward, "value": shown}
