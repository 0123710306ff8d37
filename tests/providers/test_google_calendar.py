"""A Google calendar read from a Google that others wrote: rounds, series, removals, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
from google.oauth2.credentials import Credentials

from backend import clock
from backend.providers.calendar import Answer, MeetingKind, Part
from backend.providers.google_calendar import AHEAD, SCOPE_MISSING, GoogleCalendar
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, TryLater
from tests.fakes import answers, myworld
from tests.world import CAROL

TOMORROW = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
SINCE = TOMORROW - timedelta(days=30)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with myworld.running(tmp_path_factory.mktemp("myworld")) as running:
        yield running


@pytest.fixture
def there(host):
    return host.world([])


def entry(at=TOMORROW, **changes):
    """An entry as Google's API takes it: one hour with Carol."""
    return {
        "summary": "Pricing",
        "start": {"dateTime": at.isoformat(), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": (at + timedelta(hours=1)).isoformat(), "timeZone": "Europe/Berlin"},
        "attendees": [{"email": CAROL, "displayName": "Carol"}],
    } | changes


def told(calendar, place=""):
    """All pages of one round: the meetings, what is gone, the series told whole, the new place."""
    meetings, gone, series, page = [], [], [], None
    while True:
        found = calendar.meetings(place, page, SINCE)
        meetings += found.meetings
        gone += found.gone
        series += found.series
        page = found.next_page
        if page is None:
            return meetings, gone, series, found.place


@pytest.mark.req("R46")
def test_a_meeting_is_told_with_its_people_and_its_times_in_utc(there):
    there.plan("alice", entry())

    ((meeting,), gone, _, _) = told(there.calendar("alice"))

    assert (meeting.subject, meeting.kind, gone) == ("Pricing", MeetingKind.SINGLE, [])
    assert (meeting.starts_at, meeting.ends_at) == (TOMORROW, TOMORROW + timedelta(hours=1))
    assert meeting.starts_at.tzinfo is UTC
    assert meeting.zone == "Europe/Berlin"
    people = {each.address: (each.part, each.answer) for each in meeting.attendees}
    assert people[CAROL] == (Part.REQUIRED, Answer.NONE)
    assert people["alice@ours.test"][0] == Part.ORGANIZER


def test_only_what_changed_is_told_in_the_next_round(there):
    calendar = there.calendar("alice")
    first = there.plan("alice", entry())
    there.plan("alice", entry(summary="Other"))
    *_, place = told(calendar)
    there.advance(60)

    there.change("alice", first, {"summary": "Pricing, again"})
    meetings, gone, _, later = told(calendar, place)

    assert [each.subject for each in meetings] == ["Pricing, again"]
    assert told(calendar, later)[0] == []
    assert gone == []


def test_an_invitation_and_its_answer_are_the_same_meeting_for_both(there):
    there.plan("alice", entry())
    ((hers,), *_) = told(there.calendar("carol"))

    there.change(
        "carol",
        hers.provider_id,
        {"attendees": [{"email": CAROL, "responseStatus": "accepted"}]},
    )

    ((ours,), *_) = told(there.calendar("alice"))
    assert ours.uid == hers.uid != ""
    assert {each.address: each.answer for each in ours.attendees}[CAROL] == Answer.ACCEPTED


def test_a_deleted_entry_is_told_as_gone(there):
    calendar = there.calendar("alice")
    planned = there.plan("alice", entry())
    *_, place = told(calendar)
    there.advance(60)

    there.cancel("alice", planned)

    meetings, gone, _, _ = told(calendar, place)
    assert (meetings, gone) == ([], [planned])
    assert calendar.gone([planned, "nowhere"]) == {planned, "nowhere"}


def test_an_entry_that_is_there_is_not_gone(there):
    planned = there.plan("alice", entry())

    assert there.calendar("alice").gone([planned]) == frozenset()


@pytest.mark.req("R46")
def test_a_series_is_told_by_its_occurrences_as_far_as_we_look_ahead(there):
    planned = there.plan("alice", entry(recurrence=["RRULE:FREQ=WEEKLY"]))

    meetings, _, series, _ = told(there.calendar("alice"))

    weeks = AHEAD // timedelta(weeks=1)
    assert weeks - 1 <= len(meetings) <= weeks + 1
    assert {each.kind for each in meetings} == {MeetingKind.OCCURRENCE}
    assert {each.series_id for each in meetings} == {planned}
    assert len({each.uid for each in meetings}) == 1
    assert len({each.slot for each in meetings}) == len(meetings)
    assert planned in series


def test_an_occurrence_that_was_moved_is_an_exception_in_its_old_slot(there):
    calendar = there.calendar("alice")
    there.plan("alice", entry(recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"]))
    meetings, *_, place = told(calendar)
    second = sorted(meetings, key=lambda each: each.starts_at)[1]
    there.advance(60)

    at = second.starts_at + timedelta(hours=3)
    there.change("alice", second.provider_id, {key: entry(at)[key] for key in ("start", "end")})

    moved = [each for each in told(calendar, place)[0] if each.kind is MeetingKind.EXCEPTION]
    assert {(each.provider_id, each.slot, each.starts_at) for each in moved} == {
        (second.provider_id, second.starts_at, at)
    }


def test_a_series_that_was_cut_short_is_told_whole(there):
    calendar = there.calendar("alice")
    planned = there.plan("alice", entry(recurrence=["RRULE:FREQ=DAILY;COUNT=5"]))
    *_, place = told(calendar)
    there.advance(60)

    there.change("alice", planned, {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]})

    meetings, _, series, _ = told(calendar, place)
    assert (len(meetings), series) == (2, [planned])


def test_a_meeting_that_is_repeated_from_now_on_is_a_series(there):
    calendar = there.calendar("alice")
    planned = there.plan("alice", entry())
    *_, place = told(calendar)
    there.advance(60)

    there.change("alice", planned, {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]})

    meetings, gone, series, _ = told(calendar, place)
    assert (len(meetings), gone, series) == (2, [], [planned])


def test_a_deleted_series_has_no_occurrences(there):
    calendar = there.calendar("alice")
    planned = there.plan("alice", entry(recurrence=["RRULE:FREQ=DAILY;COUNT=5"]))
    *_, place = told(calendar)
    there.advance(60)

    there.cancel("alice", planned)

    meetings, gone, series, _ = told(calendar, place)
    assert (meetings, gone, series) == ([], [planned], [planned])


@pytest.mark.parametrize("visibility", ["private", "confidential"])
def test_a_private_entry_says_so(there, visibility):
    there.plan("alice", entry(visibility=visibility))

    ((meeting,), *_) = told(there.calendar("alice"))

    assert meeting.is_private


def test_a_whole_day_begins_at_its_midnight(there):
    day = {"start": {"date": "2026-12-24"}, "end": {"date": "2026-12-25"}}
    there.plan("alice", entry() | day)

    ((meeting,), *_) = told(there.calendar("alice"))

    assert meeting.is_all_day
    assert meeting.starts_at == datetime(2026, 12, 24, tzinfo=UTC)
    assert meeting.ends_at - meeting.starts_at == timedelta(days=1)


def test_a_round_of_many_pages_tells_everything_once(there):
    calendar = there.calendar("alice")
    for number in range(260):
        there.plan("alice", entry(summary=str(number), attendees=[]))

    meetings, *_ = told(calendar)

    assert sorted(int(each.subject) for each in meetings) == list(range(260))


def test_a_token_that_google_does_not_take_is_a_lost_place(there):
    calendar = there.calendar("alice")
    *_, place = told(calendar)

    with pytest.raises(PlaceLost):
        told(calendar, f"{place.rpartition(' ')[0]} nonsense")


def test_when_little_is_left_to_look_ahead_a_full_round_is_due(there):
    calendar = there.calendar("alice")
    *_, place = told(calendar)
    since, _, token = place.split(" ", 2)
    soon = (clock.now() + timedelta(days=100)).isoformat()

    with pytest.raises(PlaceLost):
        told(calendar, f"{since} {soon} {token}")


def test_an_unknown_token_of_a_user_needs_its_owner(host):
    nobody = GoogleCalendar(Credentials("nobody's"), host.calendar)

    with pytest.raises(NeedsReauth):
        told(nobody)
    nobody.close()


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "transport_error"])
def test_a_provider_in_trouble_is_asked_again_later(host, kind):
    fault = {"server": "calendar", "tool": "calendar.events.list", "kind": kind, "on_call": 1}
    calendar = host.world([], faults=[fault]).calendar("alice")

    with pytest.raises(TryLater):
        told(calendar)


@pytest.fixture
def answering():
    """A Google that gives one answer to everything; its calendar as sync sees it."""
    with answers.serving() as server:
        calendar = GoogleCalendar(Credentials("token"), server.url)
        yield server, calendar
        calendar.close()


@pytest.mark.parametrize("reason", ["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"])
def test_a_calendar_that_was_not_consented_to_stops_no_mailbox(answering, reason):
    server, calendar = answering
    server.status, server.body = 403, {"error": {"errors": [{"reason": reason}]}}

    with pytest.raises(NeedsAdmin, match=SCOPE_MISSING):
        told(calendar)


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("no time", {"start": {}}),
        ("a time without a zone", {"start": {"dateTime": "2026-11-20T10:00:00"}}),
        ("a word for a time", {"end": {"dateTime": "soon"}}),
        ("people of another shape", {"attendees": "Carol"}),
        ("no date of its last change", {"updated": None}),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(answering, why, changes):
    server, calendar = answering
    good = entry() | {"id": "good", "updated": "2026-11-20T10:00:00Z"}
    server.body = {"items": [good | {"id": "bad"} | changes, good], "nextSyncToken": "t"}

    meetings, *_ = told(calendar)

    assert [each.provider_id for each in meetings] == ["good"], why
