"""A Microsoft calendar as sync sees it: a window, its changes, and what Graph does not say."""

from datetime import timedelta

import pytest

from backend import clock
from backend.providers.calendar import Answer, MeetingKind, Part
from backend.providers.graph import Graph
from backend.providers.graph_calendar import AHEAD, GraphCalendar
from backend.providers.mail import NeedsAdmin, PlaceLost
from tests.fakes import graph_payloads, graph_server
from tests.fakes.graph_events import GraphEvents
from tests.fakes.graph_world import Fault

ALICE = "alice@ours.test"


@pytest.fixture
def server():
    with graph_server.running() as running:
        running.box(ALICE, "token")
        running.calendars[ALICE] = GraphEvents()
        yield running


@pytest.fixture
def events(server):
    return server.calendars[ALICE]


@pytest.fixture
def calendar(server):
    graph = Graph.opened(server.url, lambda _anew: "token")
    yield GraphCalendar(graph, ALICE)
    graph.close()


def tell(calendar, place=""):
    """Every page of a round: meetings by id, what is gone, and the new place."""
    found, gone, page = {}, set(), None
    while True:
        told = calendar.meetings(place, page, clock.now() - timedelta(days=30))
        found |= {each.provider_id: each for each in told.meetings}
        gone |= set(told.gone)
        page = told.next_page
        if page is None:
            return found, gone, told.place


def days(count):
    return (clock.now() + timedelta(days=count)).replace(microsecond=0)


def test_a_meeting_is_told_with_its_people_and_answers(events, calendar):
    def who(address, kind, said):
        return {
            "type": kind,
            "status": {"response": said, "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": "N", "address": address},
        }

    at = days(1)
    event_id = events.put(
        at,
        subject="Pricing",
        responseStatus={"response": "tentativelyAccepted"},
        organizer={"emailAddress": {"name": "Carol", "address": "carol@northwind.test"}},
        attendees=[
            who("Alice@ours.test", "required", "none"),
            who("bob@ours.test", "optional", "declined"),
            who("room@ours.test", "resource", "accepted"),
        ],
    )

    found = tell(calendar)[0][event_id]

    assert (found.kind, found.subject, found.zone) == (
        MeetingKind.SINGLE, "Pricing", "Pacific Standard Time",
    )  # fmt: skip
    assert (found.starts_at, found.ends_at) == (at, at + timedelta(hours=1))
    assert [(each.address, each.part, each.answer) for each in found.attendees] == [
        ("carol@northwind.test", Part.ORGANIZER, Answer.NONE),
        ("Alice@ours.test", Part.REQUIRED, Answer.TENTATIVE),
        ("bob@ours.test", Part.OPTIONAL, Answer.DECLINED),
        ("room@ours.test", Part.RESOURCE, Answer.ACCEPTED),
    ]


def test_changes_follow_a_place_and_an_idle_calendar_costs_one_call(server, events, calendar):
    for number in range(120):
        events.put(days(1) + timedelta(hours=number))
    first, _, place = tell(calendar)
    new = events.put(days(2))
    found, _, place = tell(calendar, place)
    server.calls.clear()

    tell(calendar, place)

    assert (len(first), list(found)) == (120, [new])
    assert len(server.calls) == 1


def test_an_occurrence_has_its_times_and_all_else_of_its_series(events, calendar):
    _, ids = events.series(days(1), days(8), subject="Weekly", iCalUId="uid")

    found, *_ = tell(calendar)

    kinds = [found[each].kind for each in ids]
    assert kinds == [MeetingKind.OCCURRENCE] * 2
    assert {(found[each].subject, found[each].uid) for each in ids} == {("Weekly", "uid")}
    assert [found[each].starts_at for each in ids] == [found[each].slot for each in ids]


def test_a_series_is_named_and_is_no_meeting_itself(events, calendar):
    master, ids = events.series(days(1), days(8))

    page = calendar.meetings("", None, clock.now())

    assert {each.provider_id for each in page.meetings} == set(ids)
    assert (page.series, page.is_windowed) == ((master,), True)


def test_a_series_that_began_before_the_window_is_looked_up(server, events, calendar):
    master, ids = events.series(days(1), subject="Weekly")
    events.log.clear()
    place = tell(calendar)[2]
    calendar._masters.clear()
    events.log.append(ids[0])

    found, *_ = tell(calendar, place)

    assert found[ids[0]].subject == "Weekly"
    assert any(master.rstrip("=") in asked for asked in server.asked)


def test_an_exception_is_known_by_when_it_was_to_be(events, calendar):
    _, ids = events.series(days(1), days(8), iCalUId="uid")
    moved = {
        "type": "exception",
        "originalStart": f"{days(8):%Y-%m-%dT%H:%M:%SZ}",
        "start": {"dateTime": f"{days(9):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"},
        "end": {"dateTime": f"{days(9.1):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"},
        "subject": "Moved",
        "iCalUId": "another",
    }
    slot = tell(calendar)[0][ids[1]].slot
    events.change(ids[1], **moved)

    found = tell(calendar)[0][ids[1]]

    assert (found.kind, found.subject, found.uid) == (MeetingKind.EXCEPTION, "Moved", "uid")
    assert abs(found.slot - slot) < timedelta(seconds=2)
    assert found.starts_at > slot


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"sensitivity": "private"}, "is_private"),
        ({"sensitivity": "confidential"}, "is_private"),
        ({"isCancelled": True}, "is_cancelled"),
        ({"isAllDay": True}, "is_all_day"),
    ],
)
def test_what_is_said_of_it_is_told(events, calendar, changes, mark):
    event_id = events.put(days(1), **changes)

    found = tell(calendar)[0][event_id]

    marks = {name: getattr(found, name) for name in ("is_private", "is_cancelled", "is_all_day")}
    assert [name for name, value in marks.items() if value] == [mark]


@pytest.mark.parametrize(
    "changes",
    [{"isDraft": True}, {"start": None}, {"lastModifiedDateTime": "never"}, {"type": "new"},
     {"start": {"dateTime": "2026-11-26T10:00:00", "timeZone": "Pacific Standard Time"}}],
)  # fmt: skip
def test_what_is_no_meeting_stops_no_other(events, calendar, changes):
    good = events.put(days(1))
    odd = events.put(days(1))
    place = tell(calendar)[2]
    if changes.get("start", {}) is None:
        changes = {"end": {"dateTime": "?", "timeZone": "UTC"}}
    events.events[odd] |= changes
    events.log += [odd, good]

    assert list(tell(calendar, place)[0]) == [good]


def test_what_was_deleted_is_gone_and_what_left_the_window_is_not(events, calendar):
    deleted, moved = events.put(days(1)), events.put(days(1))
    place = tell(calendar)[2]
    events.remove(deleted)
    far = {"dateTime": f"{days(900):%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
    events.change(moved, start=far, end=far)

    _, gone, _ = tell(calendar, place)

    assert gone == {deleted}
    assert calendar.gone([deleted, moved]) == {deleted}


def test_the_window_rolls_on_each_week_and_misses_nothing_on_the_way(events, calendar):
    near = events.put(days(1))
    place = tell(calendar)[2]
    far = events.put(days(1) + AHEAD)
    assert list(tell(calendar, place)[0]) == []
    events.remove(near)
    old = place.replace(f"{clock.now():%Y-%m-%d}", f"{clock.now() - timedelta(days=8):%Y-%m-%d}")
    assert old != place
    # What is at the end of today's window comes into next week's.
    events.change(far, start=moment_of(AHEAD), end=moment_of(AHEAD, 1))

    found, gone, later = tell(calendar, old)

    assert (list(found), gone) == ([far], {near})
    assert tell(calendar, later)[0] == {}


def moment_of(ahead, hours=0):
    at = clock.now() + ahead - timedelta(days=1) + timedelta(hours=hours)
    return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}


@pytest.mark.parametrize("text", ["{", "[]", '{"link": 1}', '{"link": "/me", "rolled_at": "x"}'])
def test_a_place_that_is_none_is_lost(calendar, text):
    with pytest.raises(PlaceLost):
        calendar.meetings(text, None, clock.now())


def test_a_place_that_graph_has_forgotten_is_lost(events, calendar):
    place = tell(calendar)[2]
    events.views.clear()

    with pytest.raises(PlaceLost):
        tell(calendar, place)


def test_a_calendar_that_may_not_be_read_needs_an_admin(server, calendar):
    server.faults.append(Fault("calendarView", 403, graph_payloads.DENIED))

    with pytest.raises(NeedsAdmin):
        tell(calendar)
