"""Meetings as a calendar tells them, taken in for the tests of several rooms."""

from datetime import timedelta

from backend import clock, db
from backend.capture import meetings
from backend.models.mailboxes import Mailbox
from backend.providers.calendar import Answer, Attendee, Meeting, MeetingKind, Part
from tests.capture.letters import LIMITS
from tests.world import CAROL


def take_meeting(mailbox, days, subject="Pricing", **changes):
    """A meeting of Alice's with these people, so many days from now, in that mailbox."""
    at = clock.now() + timedelta(days=days)
    limits = changes.pop("limits", LIMITS)
    guests = changes.pop("people", (CAROL,))
    values = {"kind": MeetingKind.SINGLE, "uid": f"{days}{subject}", "changed_at": clock.now()}
    organizer = Attendee("alice@ours.test", "Alice", Part.ORGANIZER)
    attendees = (organizer, *(Attendee(each, "C.", answer=Answer.ACCEPTED) for each in guests))
    told = {"starts_at": at, "ends_at": at + timedelta(hours=1), "attendees": attendees}
    found = Meeting(clock.new_id(), subject=subject, **told, **values | changes)
    with db.transaction():
        meetings.take_in(Mailbox.get_by_id(mailbox.id), found, lambda _mailbox: limits)
