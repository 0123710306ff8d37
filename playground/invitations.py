"""A customer's invitation to a meeting: the entry of the calendars, and the mail that Google sends.

Source: developers.google.com/workspace/calendar/api/v3/reference/events (2026), RFC 5545, RFC 6047.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.utils import formataddr
from typing import Any
from urllib.parse import quote

from backend import clock
from backend.words import t
from playground.answers import Original, finished, text_part
from playground.gmail_mail import Writer
from playground.outgoing import HOST_NAME

LASTS = timedelta(hours=1)
FOLD = 75  # octets of a line (RFC 5545 section 3.1)
BY_GOOGLE = formataddr(("Google Calendar", "calendar-notification@google.com"))
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Meeting:
    """An hour with two people: who calls it has accepted, the guest has not answered yet."""

    id: str
    summary: str
    host: Writer
    guest: Writer
    made_at: datetime
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + LASTS

    @property
    def uid(self) -> str:
        """The same in both calendars and in the mail."""
        return f"{self.id}@{HOST_NAME}"


def plan(original: Original, language: str) -> Meeting:
    """A meeting about the mail, from whom it went to: tomorrow, at the next full hour."""
    now = clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    subject = original.subject or t("common.no_subject", language)
    return Meeting(
        id=clock.new_id(now).replace("-", ""),
        summary=t("playground.written.about", language, subject=subject),
        host=original.to,
        guest=original.sender,
        made_at=now,
        starts_at=hour + timedelta(days=1),
    )


def entry(meeting: Meeting) -> dict[str, Any]:
    """The meeting as Google's Calendar API tells it."""
    host = {"email": meeting.host.email, "displayName": meeting.host.name}
    guest = {"email": meeting.guest.email, "displayName": meeting.guest.name}
    made_at = _rfc3339(meeting.made_at)
    return {
        "kind": "calendar#event",
        "id": meeting.id,
        "status": "confirmed",
        "created": made_at,
        "updated": made_at,
        "iCalUID": meeting.uid,
        "summary": meeting.summary,
        "organizer": host,
        "start": {"dateTime": _rfc3339(meeting.starts_at), "timeZone": "UTC"},
        "end": {"dateTime": _rfc3339(meeting.ends_at), "timeZone": "UTC"},
        "attendees": [
            {**host, "organizer": True, "responseStatus": "accepted"},
            {**guest, "responseStatus": "needsAction"},
        ],
        "eventType": "default",
    }


def letter(original: Original, meeting: Meeting, language: str) -> bytes:
    """The mail that tells the guest. Raises ValueError for odd addresses."""
    when = f"{meeting.starts_at:%Y-%m-%d %H:%M} - {meeting.ends_at:%H:%M} (UTC)"
    told = {"summary": meeting.summary, "when": when, "who": meeting.host.name}
    subject = t("playground.written.invitation", language, **told)
    both = MIMEMultipart("alternative")
    both.attach(text_part(t("playground.written.invites", language, **told)))
    calendar = icalendar(meeting)
    request = text_part(calendar, "calendar")
    request.set_param("method", "REQUEST")
    both.attach(request)
    mail = MIMEMultipart("mixed")
    mail.attach(both)
    file = MIMEApplication(calendar.encode(), "ics", name="invite.ics")
    file["Content-Disposition"] = 'attachment; filename="invite.ics"'
    mail.attach(file)
    headers = {
        "Sender": BY_GOOGLE,
        "Reply-To": formataddr((meeting.host.name, meeting.host.email)),
        "Subject": f"{subject} ({meeting.guest.email})",
        "Auto-Submitted": "auto-generated",
        "In-Reply-To": "",
        "References": "",
    }
    return finished(mail, original, headers)


def icalendar(meeting: Meeting) -> str:
    """The invitation as every calendar takes it."""
    person = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;RSVP=TRUE;PARTSTAT="
    made_at = _basic(meeting.made_at)
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Telltale//Playground//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{meeting.uid}",
        f"DTSTAMP:{made_at}",
        f"CREATED:{made_at}",
        f"LAST-MODIFIED:{made_at}",
        f"DTSTART:{_basic(meeting.starts_at)}",
        f"DTEND:{_basic(meeting.ends_at)}",
        f"SUMMARY:{meeting.summary.translate(_ESCAPED)}",
        f"ORGANIZER{_person(meeting.host)}",
        f"{person}ACCEPTED{_person(meeting.host)}",
        f"{person}NEEDS-ACTION{_person(meeting.guest)}",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{folded(line)}\r\n" for line in lines)


def folded(line: str) -> str:
    """The line in pieces of at most FOLD octets, no character cut in two."""
    pieces, size = [""], 0
    for character in line:
        more = len(character.encode())
        if size + more > FOLD:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += more
    return "\r\n".join(pieces)


def _person(who: Writer) -> str:
    # A quoted value holds no quotes (section 3.2).
    name = who.name.replace('"', "'")
    return f';CN="{name}":mailto:{quote(who.email, safe="@+")}'


def _basic(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
