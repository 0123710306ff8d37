"""Meetings of a calendar: whose they are, what is left out, and that none is missed or doubled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import calendar_sync, leases, matching, side_streams
from backend.capture.leaving_out import Limits
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.people import Person, PersonAddress
from backend.providers.calendar import Answer, Attendee, Meeting, MeetingKind, Part
from backend.providers.mail import NeedsAdmin, NeedsReauth, TryLater
from tests.capture.letters import LIMITS, mailbox_of
from tests.fakes.calendar import FakeCalendar
from tests.world import CAROL, DANA

ALICE = Attendee("Alice@ours.test", "Alice", Part.ORGANIZER)
GUEST = Attendee(CAROL, "Carol", Part.REQUIRED, Answer.NONE)


@pytest.fixture
def calendar(world):
    return FakeCalendar()


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


def meeting(provider_id="e1", **changes):
    """A meeting of Alice's with Carol tomorrow; `changed` in hours from now."""
    now = clock.now()
    values = {
        "kind": MeetingKind.SINGLE,
        "uid": f"uid-{provider_id}",
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=1, hours=1),
        "changed_at": now + timedelta(hours=changes.pop("changed", 0)),
        "subject": "Pricing",
        "attendees": (ALICE, GUEST),
    } | changes
    return Meeting(provider_id, **values)


def turn(mailbox, calendar, limits=LIMITS):
    return calendar_sync.sync(
        Mailbox.get_by_id(mailbox.id), calendar, lambda _mailbox: limits, "worker"
    )


def kept():
    return db.rows(
        "SELECT c.subject, e.is_cancelled FROM calendar_event e"
        " JOIN calendar_copy c ON c.event_id = e.id ORDER BY c.provider_id"
    )


def answers():
    return dict(db.rows("SELECT address, answer FROM attendee"))


@pytest.mark.req("R46")
def test_a_meeting_is_a_record_with_its_people_and_their_answers(world, mailbox, calendar):
    calendar.put(meeting(attendees=(ALICE, replace(GUEST, answer=Answer.ACCEPTED))))

    turn(mailbox, calendar)

    assert kept() == [("Pricing", False)]
    rows = db.rows("SELECT part, address, answer, person_id, rule FROM attendee ORDER BY part")
    assert rows == [
        ("organizer", "alice@ours.test", "none", None, "user"),
        ("required", CAROL, "accepted", world.people["carol"].id, "address"),
    ]


@pytest.mark.parametrize(
    ("rule", "changes", "limits"),
    [
        ("internal", {"attendees": (ALICE, Attendee("bob@ours.test"))}, LIMITS),
        ("internal", {"attendees": (ALICE, Attendee("r@rooms.test", "", Part.RESOURCE))}, LIMITS),
        ("nobody", {"attendees": (Attendee("no address"),)}, LIMITS),
        ("excluded", {}, Limits(domains=frozenset({"northwind.test"}))),
    ],
)
def test_what_is_left_out_says_why_and_keeps_nothing(mailbox, calendar, rule, changes, limits):
    calendar.put(meeting(**changes))

    found = turn(mailbox, calendar, limits)

    assert (found.captured, found.left_out, kept()) == (0, 1, [])
    assert db.rows("SELECT remote_id, rule FROM capture_decision") == [("e1", rule)]


def test_a_meeting_whose_outsiders_left_is_dropped(mailbox, calendar):
    calendar.put(meeting())
    turn(mailbox, calendar)
    calendar.put(meeting(attendees=(ALICE,), changed=1))

    turn(mailbox, calendar)

    assert (kept(), answers()) == ([], {})


@pytest.mark.parametrize("why", ["private", "headers"])
def test_no_title_is_kept_anywhere_of(mailbox, calendar, why):
    calendar.put(meeting(is_private=why == "private", subject="Secret canary"))
    if why == "headers":
        Mailbox.update(capture_mode="headers").execute()

    turn(mailbox, calendar)

    assert kept() == [("", False)]


def test_the_same_meeting_in_two_calendars_is_one(world, mailbox, calendar):
    theirs, bob = FakeCalendar(), mailbox_of(world.users["bob"])
    for each, provider_id in ((calendar, "a"), (theirs, "b")):
        each.put(meeting(provider_id, uid="same"))

    turn(mailbox, calendar)
    turn(bob, theirs)

    assert db.one("SELECT count(*) FROM calendar_event") == (1,)
    assert len(kept()) == 2


def test_occurrences_of_a_series_are_apart_and_the_series_itself_is_none(mailbox, calendar):
    calendar.put(meeting("s", uid="u"))  # at first it was a meeting by itself
    turn(mailbox, calendar)
    slots = [clock.now() + timedelta(weeks=week) for week in (1, 2)]
    common = {"kind": MeetingKind.OCCURRENCE, "uid": "u", "series_id": "s"}
    calendar.tell_whole("s", [meeting(f"o{at:%d}", slot=at, **common) for at in slots])

    turn(mailbox, calendar)

    rows = db.rows("SELECT kind, series_key FROM calendar_event")
    assert [kind for kind, _ in rows] == ["occurrence", "occurrence"]
    assert len({series for _, series in rows} - {""}) == 1


def test_an_exception_takes_its_occurrences_place(mailbox, calendar):
    slot = clock.now() + timedelta(days=2)
    common = {"uid": "u", "series_id": "s", "slot": slot}
    calendar.put(meeting("o", kind=MeetingKind.OCCURRENCE, **common))
    turn(mailbox, calendar)
    moved = slot + timedelta(hours=3)
    calendar.put(
        meeting(
            "o",
            kind=MeetingKind.EXCEPTION,
            changed=1,
            starts_at=moved,
            ends_at=moved + timedelta(hours=1),
            **common,
        )
    )

    turn(mailbox, calendar)

    assert db.rows("SELECT kind, starts_at FROM calendar_event") == [("exception", moved)]


def test_a_cancelled_meeting_stays_and_says_so(mailbox, calendar):
    calendar.put(meeting())
    turn(mailbox, calendar)
    calendar.put(meeting(is_cancelled=True, changed=1))

    turn(mailbox, calendar)

    assert kept() == [("Pricing", True)]


@pytest.mark.parametrize(
    ("why", "days", "is_cancelled"), [("still to come", 1, True), ("long over", -3, False)]
)
def test_a_meeting_that_went_from_every_calendar_is_cancelled_if(
    mailbox, calendar, why, days, is_cancelled
):
    at = clock.now() + timedelta(days=days)
    calendar.put(meeting(starts_at=at, ends_at=at + timedelta(hours=1)))
    turn(mailbox, calendar)
    calendar.remove("e1")

    turn(mailbox, calendar)

    assert kept() == [("Pricing", is_cancelled)]


def test_a_meeting_that_went_from_one_calendar_only_is_on(world, mailbox, calendar):
    theirs, bob = FakeCalendar(), mailbox_of(world.users["bob"])
    for each, provider_id in ((calendar, "a"), (theirs, "b")):
        each.put(meeting(provider_id, uid="same"))
    turn(mailbox, calendar)
    turn(bob, theirs)
    theirs.remove("b")

    turn(bob, theirs)

    assert kept() == [("Pricing", False), ("Pricing", False)]


def test_what_was_told_earlier_does_not_undo_what_was_told_later(world, mailbox, calendar):
    theirs, bob = FakeCalendar(), mailbox_of(world.users["bob"])
    later = clock.now() + timedelta(days=9)
    calendar.put(
        meeting("a", uid="same", changed=2, starts_at=later, ends_at=later + timedelta(hours=1))
    )
    stale = (replace(ALICE, answer=Answer.NONE), Attendee("bob@ours.test", answer=Answer.ACCEPTED))
    theirs.put(meeting("b", uid="same", changed=1, attendees=(*stale, GUEST)))

    turn(mailbox, calendar)
    turn(bob, theirs)

    assert db.rows("SELECT starts_at FROM calendar_event") == [(later,)]
    assert sorted(answers()) == ["alice@ours.test", CAROL]


def test_an_answer_that_one_calendar_does_not_know_is_kept(world, mailbox, calendar):
    theirs, bob = FakeCalendar(), mailbox_of(world.users["bob"])
    said = replace(GUEST, answer=Answer.DECLINED)
    calendar.put(meeting("a", uid="same", attendees=(ALICE, said)))
    theirs.put(meeting("b", uid="same"))

    turn(mailbox, calendar)
    turn(bob, theirs)

    assert answers()[CAROL] == "declined"


def test_a_lost_place_is_told_anew_and_what_went_meanwhile_is_noticed(mailbox, calendar):
    for number in range(3):
        calendar.put(meeting(f"e{number}"))
    turn(mailbox, calendar)
    calendar.remove("e1")
    calendar.put(meeting("e9"))
    calendar.forget_changes()

    turn(mailbox, calendar)

    assert kept() == [
        ("Pricing", False),
        ("Pricing", True),
        ("Pricing", False),
        ("Pricing", False),
    ]
    assert calendar.calls[-1] == "gone 1"


@pytest.mark.parametrize("refused", range(3))
def test_a_refusal_at_any_call_costs_time_and_nothing_else(mailbox, calendar, refused):
    for number in range(5):
        calendar.put(meeting(f"e{number}"))
    calendar.refusals.extend([*[None] * refused, TryLater("429", 30.0)])

    turn(mailbox, calendar)
    assert not side_streams.is_due(mailbox, calendar_sync.KIND)
    assert side_streams.reasons(mailbox.user_id, calendar_sync.KIND) == {
        mailbox.id: side_streams.LATER
    }
    turn(mailbox, calendar)

    assert len(kept()) == 5
    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.CONNECTING


def test_a_calendar_that_may_not_be_read_holds_up_no_mail_and_says_so(mailbox, calendar):
    calendar.refusals.append(NeedsAdmin("ErrorAccessDenied"))

    turn(mailbox, calendar)

    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.CONNECTING
    assert db.one("SELECT reason FROM sync_stream WHERE kind = 'calendar'") == (
        "ErrorAccessDenied",
    )


@pytest.mark.parametrize(
    ("why", "is_windowed", "is_there", "is_cancelled"),
    [
        ("all of it was told", False, True, True),
        ("it lies outside the days that were told", True, True, False),
        ("it is not found either", True, False, True),
    ],
)
def test_what_a_series_had_to_come_and_has_not_any_more_is_cancelled(
    mailbox, calendar, why, is_windowed, is_there, is_cancelled
):
    now, calendar.is_windowed = clock.now(), is_windowed
    days = {"past": -2, "next": 2, "later": 4}
    common = {"kind": MeetingKind.OCCURRENCE, "uid": "u", "series_id": "s"}
    for name, day in days.items():
        at = now + timedelta(days=day)
        times = {"slot": at, "starts_at": at, "ends_at": at + timedelta(hours=1)}
        calendar.put(meeting(name, **common, **times))
    turn(mailbox, calendar)
    kept_of_it = calendar.entries["next"]
    if not is_there:
        del calendar.entries["later"]

    calendar.tell_whole("s", [kept_of_it])
    turn(mailbox, calendar)

    rows = db.rows(
        "SELECT c.provider_id, e.is_cancelled FROM calendar_copy c"
        " JOIN calendar_event e ON e.id = c.event_id"
    )
    assert dict(rows) == {"past": False, "next": False, "later": is_cancelled}, why


def test_a_lost_grant_stops_the_mailbox(mailbox, calendar):
    calendar.refusals.append(NeedsReauth("invalid_grant"))

    turn(mailbox, calendar)

    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.NEEDS_REAUTH


def test_it_is_looked_at_every_five_minutes(mailbox, calendar):
    assert side_streams.is_due(mailbox, calendar_sync.KIND)

    turn(mailbox, calendar)

    assert not side_streams.is_due(mailbox, calendar_sync.KIND)
    db.execute("UPDATE sync_stream SET next_at = %s", [clock.now() - timedelta(seconds=1)])
    assert side_streams.is_due(mailbox, calendar_sync.KIND)


def test_it_waits_where_the_provider_said_so_of_the_mail(mailbox, calendar):
    Mailbox.update(state=MailboxState.DELAYED).execute()

    assert not side_streams.is_due(mailbox, calendar_sync.KIND)


def test_two_workers_never_have_one_calendar(mailbox, calendar):
    lease = leases.take(mailbox.id, "first")

    assert turn(mailbox, calendar) is None
    leases.release(lease)


def test_a_meeting_that_no_database_takes_stops_no_other(mailbox, calendar):
    calendar.put(meeting("bad", subject="a\x00b", uid="x"))
    calendar.put(meeting("good"))

    found = turn(mailbox, calendar)

    assert found.captured >= 1
    assert ("Pricing", False) in kept()


def test_somebody_who_is_added_later_is_found_in_meetings_of_the_past(world, mailbox, calendar):
    calendar.put(meeting(attendees=(ALICE, Attendee("new@harbour.test"))))
    turn(mailbox, calendar)
    new = Person.create(
        org_id=world.alice.org_id, name="New", kind="contact", source="t", external_id="n"
    )
    PersonAddress.create(
        org_id=new.org_id, person_id=new.id, address="new@harbour.test", is_primary=True
    )

    matching.rematch_changed()

    assert db.one("SELECT person_id FROM attendee WHERE address = 'new@harbour.test'") == (new.id,)
    assert DANA not in answers()
