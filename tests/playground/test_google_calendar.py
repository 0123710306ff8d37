"""The playground's calendars, by the product's own reader over HTTP."""

import shutil
from datetime import timedelta

import pytest

from backend import clock
from backend.providers.google_calendar import SCOPE_MISSING, GoogleCalendar
from backend.providers.mail import NeedsAdmin, PlaceLost
from playground import invitations
from playground.answers import Original
from playground.calendars import Calendars
from playground.gmail_mail import Writer
from playground.google import API
from playground.google_calendar import BEFORE_ALL, READONLY
from playground.inboxes import key_of
from tests.world import CAROL

ALICE = "alice@ours.test"
CALENDARS = f"{API}/calendar/v3/calendars"
SINCE = clock.now() - timedelta(days=30)


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def calendars(settings, client):
    shutil.rmtree(settings.data_dir / "playground" / "calendars", ignore_errors=True)
    return Calendars.of(settings)


@pytest.fixture
def planned(calendars):
    """Carol invites alice: the entry of it, also in the past."""

    def plan(subject="Offer", days=0):
        heads = f"From: {ALICE}\nSubject: {subject}\n\n".encode()
        entry = invitations.entry(
            invitations.plan(Original.of(heads, Writer(CAROL, "Carol")), "en")
        )
        for name in ("start", "end"):
            at = clock.now() + timedelta(days=days)
            entry[name]["dateTime"] = at.isoformat() if days else entry[name]["dateTime"]
        calendars.put(ALICE, entry)
        return entry

    return plan


@pytest.fixture
def asked(client, google):
    """What the API answers to these parameters."""
    headers = {"Authorization": f"Bearer {google.oauth_token(ALICE, [READONLY])}"}
    return lambda path="/primary/events", **query: client.get(
        f"{CALENDARS}{path}", query_string=query, headers=headers
    )


def test_only_what_is_new_is_told_in_the_next_round(opened, planned):
    calendar = opened(GoogleCalendar, READONLY)
    empty = calendar.meetings("", None, SINCE)
    planned()

    first = calendar.meetings(empty.place, None, SINCE)
    planned("Prices")
    second = calendar.meetings(first.place, None, SINCE)
    third = calendar.meetings(second.place, None, SINCE)
    fourth = calendar.meetings(third.place, None, SINCE)

    told = (empty, first, second, third, fourth)
    assert [[each.subject for each in page.meetings] for page in told] == [
        [],
        ["About: Offer"],
        ["About: Prices"],
        [],
        [],
    ]
    assert [each.subject for each in calendar.meetings("", None, SINCE).meetings] == [
        "About: Offer",
        "About: Prices",
    ]


def test_what_was_over_before_is_not_told_and_the_place_is_behind_it(opened, planned):
    planned("Long ago", days=-31)
    found = opened(GoogleCalendar, READONLY).meetings("", None, SINCE)

    assert found.meetings == ()
    assert opened(GoogleCalendar, READONLY).meetings(found.place, None, SINCE).meetings == ()


def test_what_is_gone_is_told(opened, planned):
    entry = planned()

    assert opened(GoogleCalendar, READONLY).gone([entry["id"], BEFORE_ALL]) == {BEFORE_ALL}


@pytest.mark.parametrize("place", ["garbage", f"{key_of(CAROL)}.{BEFORE_ALL}", ""])
def test_a_place_that_was_never_told_is_lost(opened, place):
    until = (clock.now() + timedelta(days=300)).isoformat()

    with pytest.raises(PlaceLost):
        opened(GoogleCalendar, READONLY).meetings(
            f"{SINCE.isoformat()} {until} {place}", None, SINCE
        )


def test_a_calendar_opens_to_its_own_account_that_was_granted_it(opened, planned):
    planned()

    with pytest.raises(NeedsAdmin) as refused:
        opened(GoogleCalendar, "email").meetings("", None, SINCE)
    assert refused.value.code == SCOPE_MISSING
    assert opened(GoogleCalendar, READONLY, email=CAROL).meetings("", None, SINCE).meetings == ()


def test_pages_hold_as_many_as_were_asked_for(asked, planned):
    made = [planned(str(number))["id"] for number in range(3)]

    first = asked(maxResults=2).json
    second = asked(maxResults=2, pageToken=first["nextPageToken"]).json

    assert [each["id"] for each in first["items"] + second["items"]] == made
    assert "nextSyncToken" not in first
    assert asked(syncToken=second["nextSyncToken"]).json["items"] == []


def test_a_single_meeting_has_no_occurrences(asked, planned):
    entry = planned()

    assert asked(f"/{ALICE}/events/{entry['id']}").json == entry
    assert asked(f"/{ALICE}/events/{entry['id']}/instances").json["items"] == []


@pytest.mark.parametrize(
    ("why", "path", "query", "status"),
    [
        ("no page of this calendar", "/primary/events", {"pageToken": "x"}, 422),
        ("no time", "/primary/events", {"timeMin": "tomorrow"}, 422),
        ("a time without its zone", "/primary/events", {"timeMin": "2026-11-27T10:00:00"}, 422),
        ("what does not go together", "/primary/events", {"timeMin": "x", "syncToken": "x"}, 422),
        ("a token of nobody", "/primary/events", {"syncToken": "x"}, 410),
        ("no such meeting", "/primary/events/x", {}, 404),
        ("occurrences of no meeting", "/primary/events/x/instances", {}, 404),
        ("another calendar", f"/{CAROL}/events", {}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_as_google_does(asked, why, path, query, status):
    answer = asked(path, **query)

    assert (answer.status_code, answer.json["error"]["code"]) == (status, status), why
