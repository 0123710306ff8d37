"""A Microsoft calendar from Graph to the rows, by the worker's own way."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture.running import Runner
from backend.models.mailboxes import Mailbox, MailboxState
from tests.capture.worker import connect
from tests.fakes import graph_payloads, graph_server
from tests.fakes.graph_events import GraphEvents
from tests.fakes.graph_world import Fault
from tests.world import CAROL

GUEST = {
    "type": "required",
    "status": {"response": "accepted", "time": "2026-11-20T12:00:00Z"},
    "emailAddress": {"name": "Carol", "address": CAROL},
}
ALICE = {"emailAddress": {"name": "Alice", "address": "alice@ours.test"}}
OURS = {"organizer": ALICE, "attendees": [GUEST]}


@pytest.fixture
def server():
    with graph_server.running() as running:
        running.box("alice@ours.test", "token")
        running.calendars["alice@ours.test"] = GraphEvents()
        yield running


@pytest.fixture
def events(server):
    return server.calendars["alice@ours.test"]


@pytest.fixture
def look(world, server, safe):
    """Look at the mailbox with its calendar, as the worker does."""
    mailbox = connect(world, safe, "alice", "token", provider="microsoft")
    runner = Runner(world.settings.model_copy(update={"graph_url": server.url}), safe)

    def once():
        db.execute("UPDATE sync_stream SET next_at = NULL")
        runner.turn(Mailbox.get_by_id(mailbox.id))

    return once


def meetings():
    return db.rows(
        "SELECT c.subject, e.kind, e.is_cancelled FROM calendar_event e"
        " JOIN calendar_copy c ON c.event_id = e.id ORDER BY e.starts_at"
    )


def days(count):
    return clock.now() + timedelta(days=count)


@pytest.mark.req("R42", "R46")
def test_meetings_become_records_with_their_attendees_answers_and_series(world, events, look):
    events.put(days(-1), subject="Review", **OURS)
    events.series(days(1), days(8), subject="Weekly", **OURS)

    look()

    assert meetings() == [
        ("Review", "single", False),
        ("Weekly", "occurrence", False),
        ("Weekly", "occurrence", False),
    ]
    rows = db.rows("SELECT DISTINCT address, answer, person_id FROM attendee ORDER BY address")
    assert rows == [
        ("alice@ours.test", "none", None),
        (CAROL, "accepted", world.people["carol"].id),
    ]


def test_an_occurrence_of_whose_end_graph_says_nothing_is_cancelled(events, look):
    _, ids = events.series(days(1), days(8), days(15), subject="Weekly", **OURS)
    look()
    events.remove(ids[1])

    look()

    assert [is_cancelled for _, _, is_cancelled in meetings()] == [False, True, False]


def test_what_went_while_the_place_was_lost_is_cancelled(events, look):
    ids = [events.put(days(number), subject=str(number), **OURS) for number in (1, 2)]
    look()
    events.remove(ids[0])
    events.put(days(3), subject="3", **OURS)
    events.views.clear()

    look()

    assert meetings() == [("1", "single", True), ("2", "single", False), ("3", "single", False)]


def test_no_word_of_a_private_meeting_is_kept(events, look):
    events.put(days(1), subject="Canary", sensitivity="private", **OURS)

    look()

    assert meetings() == [("", "single", False)]
    for table in ("calendar_event", "calendar_copy", "attendee", "capture_decision"):
        assert "Canary" not in str(db.rows(f"SELECT * FROM {table}"))


def test_a_calendar_without_consent_holds_up_no_mail(server, events, look):
    server.faults.append(Fault("calendarView", 403, graph_payloads.DENIED))
    carol = {"emailAddress": {"name": "Carol", "address": CAROL}}
    server.boxes["alice@ours.test"].put(**{"from": carol})

    look()
    look()

    assert Mailbox.get().state == MailboxState.ACTIVE
    assert db.one("SELECT count(*) FROM email_message") == (1,)
    events.put(days(1), subject="Later", **OURS)
    look()
    assert meetings() == [("Later", "single", False)]
