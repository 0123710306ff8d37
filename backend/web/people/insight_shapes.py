"""Timelines, figures and accounts as they cross the wire."""

from datetime import datetime
from typing import Literal

from backend.providers.calendar import Answer as AnswerOfAttendee
from backend.providers.calendar import Part
from backend.tracking.drafts import Channel
from backend.web import payloads
from backend.web.mail_shapes import EngagementOut, MailFactsOut


class SenderOut(payloads.Answer):
    """The user who sent a mail."""

    id: payloads.Uuid
    name: str
    email: str


class EntryOut(MailFactsOut):
    """A mail with the person: `recipients` are those the timeline is about, of so many in all.

    The one of which the most is known is first.
    A mail that was only captured (type "captured") has no stamp: its `id` is the message's.
    `engagements` are what they did with it, newest first, at most 20; the rest is its history.
    """

    type: Literal["mail", "captured"]
    direction: Literal["sent", "received"]
    channel: Channel | Literal["mailbox"]
    sender: SenderOut
    recipients_total: int
    engagements: list[EngagementOut]
    has_more_engagements: bool


class AttendeeOut(payloads.Answer):
    """Somebody in a meeting; "none" is also an answer that no calendar of ours knows."""

    part: Part
    address: str
    name: str
    answer: AnswerOfAttendee


class MeetingOut(payloads.Answer):
    """A meeting with the person. A private one has no subject, nor one that is kept without.

    `attendees` are at most 50 of so many in all, the organizer first.
    """

    id: payloads.Uuid
    type: Literal["meeting"]
    subject: str
    is_private: bool
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool
    is_cancelled: bool
    is_series: bool
    attendees: list[AttendeeOut]
    attendees_total: int


class ParticipantOut(payloads.Answer):
    """Somebody on a mail."""

    role: Literal["from", "to", "cc"]
    address: str
    name: str


class WithheldOut(payloads.Answer):
    """A mail that the caller may not see: when it was and who took part, and nothing else."""

    at: datetime | None
    participants: list[ParticipantOut]


class TimelineOut(payloads.Page[EntryOut | MeetingOut]):
    """One page of a timeline, newest first; `hidden` mails may not be seen by the caller.

    `withheld` tells of the 25 newest of these. `coming` are the next three meetings, on the first
    page only.
    """

    hidden: int
    withheld: list[WithheldOut]
    coming: list[MeetingOut]


class WindowOut(payloads.Answer):
    """A month of mail: of `sent`, so many could be measured, and of those so many were opened.

    null is what is not captured yet; it is not 0.
    """

    sent: int
    measurable: int
    opened: int
    clicked: int
    received: int | None
    meetings: int | None


class MetricsOut(payloads.Answer):
    """Figures as of a moment, over the mail that the caller may see."""

    as_of: datetime
    last_sent_at: datetime | None
    last_received_at: datetime | None
    sent_total: int
    last_30_days: WindowOut


class CompanyOut(payloads.Answer):
    """An account and how many people belong to it."""

    id: payloads.Uuid
    name: str
    domain: str
    people: int


class AccountsOut(payloads.Page[CompanyOut]):
    """One page of accounts."""
