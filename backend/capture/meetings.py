"""Meetings as rows: one however many of our calendars hold it, a copy for each, and who takes part.

In the caller's transaction. What is told again changes nothing; what was told later wins. A copy
has no subject where its calendar says that it is private, or its mailbox keeps headers only.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from backend import clock, db
from backend.capture import purging
from backend.capture.items import CAPTURED
from backend.capture.leaving_out import Limits, rule_against_people
from backend.capture.matching import match
from backend.capture.messages import note_decisions
from backend.mail.addresses import normalise
from backend.models.mailboxes import CaptureMode, Mailbox
from backend.providers.calendar import Answer, Attendee, Meeting, MeetingPage, Part

MAX_SUBJECT = 1_000
MAX_PEOPLE = 2_000  # of one meeting
MAX_NAME = 200


def take_in(mailbox: Mailbox, meeting: Meeting, limits_of: Callable[[Mailbox], Limits]) -> str:
    """CAPTURED, or the name of the rule by which the meeting was left out.

    One that was captured and may not be any more (its outsiders left) is dropped again.
    """
    people = _people(meeting)
    own = {mailbox.address, *mailbox.aliases}
    outsiders = {each.address for each in people if each.part is not Part.RESOURCE}
    limits = limits_of(mailbox)
    rule = rule_against_people(outsiders, own, limits)
    if limits.keeps_since and meeting.ends_at < limits.keeps_since:
        rule = "retention"
    if rule:
        drop(mailbox, [meeting.provider_id])
        note_decisions(mailbox, [(meeting.provider_id, rule, "")])
        return rule
    event_id = _keep(mailbox, meeting)
    _keep_copy(mailbox, event_id, meeting)
    if _is_latest(event_id, meeting):
        _keep_people(mailbox.org_id, event_id, people)
    else:
        _keep_answers(event_id, [each for each in people if each.address in own])
    return CAPTURED


def drop(mailbox: Mailbox, provider_ids: Collection[str]) -> None:
    """Forget this calendar's copies, and meetings that no other calendar holds."""
    if not provider_ids:
        return
    found = db.rows(
        "DELETE FROM calendar_copy WHERE mailbox_id = %s"
        f" AND provider_id {db.among('text')} RETURNING event_id",
        [mailbox.id, db.many(provider_ids)],
    )
    purging.drop_unheld(event_id for (event_id,) in found)


def went(mailbox: Mailbox, provider_ids: Collection[str]) -> None:
    """Entries are no longer in this calendar; a meeting to come that is in none is cancelled."""
    if not provider_ids:
        return
    now = clock.now()
    found = db.rows(
        "UPDATE calendar_copy SET gone_at = %s WHERE mailbox_id = %s AND gone_at IS NULL"
        f" AND provider_id {db.among('text')} RETURNING event_id",
        [now, mailbox.id, db.many(provider_ids)],
    )
    db.execute(
        f"UPDATE calendar_event SET is_cancelled = %s WHERE id {db.among('uuid')}"
        " AND starts_at > %s AND NOT EXISTS (SELECT 1 FROM calendar_copy c"
        " WHERE c.event_id = calendar_event.id AND c.gone_at IS NULL)",
        [True, db.many({row[0] for row in found}), now],
    )


def left_series(mailbox: Mailbox, page: MeetingPage) -> set[str]:
    """Ids of meetings to come of the series that this page tells whole, and which it has not."""
    if not page.series:
        return set()
    rows = db.rows(
        "SELECT c.provider_id FROM calendar_copy c JOIN calendar_event e ON e.id = c.event_id"
        f" WHERE c.mailbox_id = %s AND c.series_id {db.among('text')} AND c.gone_at IS NULL"
        " AND e.ends_at > %s",
        [mailbox.id, db.many(page.series), clock.now()],
    )
    return {row[0] for row in rows} - {each.provider_id for each in page.meetings}


def unseen(mailbox: Mailbox, since: datetime) -> list[str]:
    """Ids of this calendar's meetings to come that nobody has told since then."""
    rows = db.rows(
        "SELECT c.provider_id FROM calendar_copy c JOIN calendar_event e ON e.id = c.event_id"
        " WHERE c.mailbox_id = %s AND c.gone_at IS NULL AND c.seen_at < %s AND e.ends_at > %s",
        [mailbox.id, since, clock.now()],
    )
    return [row[0] for row in rows]


def key_of(mailbox: Mailbox, meeting: Meeting) -> str:
    """The same in every calendar that holds the meeting: its UID, and which of its series it is."""
    slot = meeting.slot.isoformat(timespec="seconds") if meeting.slot else ""
    facts = f"{meeting.uid}|{slot}" if meeting.uid else f"{mailbox.id}|{meeting.provider_id}"
    return hashlib.sha256(facts.encode()).hexdigest()


def _keep(mailbox: Mailbox, meeting: Meeting) -> str:
    series = hashlib.sha256(meeting.uid.encode()).hexdigest() if meeting.series_id else ""
    key, now = key_of(mailbox, meeting), clock.now()
    db.execute(
        "INSERT INTO calendar_event (id, org_id, dedup_key, kind, series_key, starts_at, ends_at,"
        " zone, is_all_day, is_cancelled, changed_at, captured_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (org_id, dedup_key) DO UPDATE SET kind = excluded.kind,"
        " starts_at = excluded.starts_at, ends_at = excluded.ends_at, zone = excluded.zone,"
        " is_all_day = excluded.is_all_day, is_cancelled = excluded.is_cancelled,"
        " changed_at = excluded.changed_at WHERE excluded.changed_at >= calendar_event.changed_at",
        [
            clock.new_id(),
            mailbox.org_id,
            key,
            meeting.kind.value,
            series,
            meeting.starts_at,
            meeting.ends_at,
            meeting.zone[:MAX_NAME],
            meeting.is_all_day,
            meeting.is_cancelled,
            meeting.changed_at,
            now,
        ],
    )
    row = db.one(
        "SELECT id FROM calendar_event WHERE org_id = %s AND dedup_key = %s", [mailbox.org_id, key]
    )
    assert row
    return str(row[0])


def _keep_copy(mailbox: Mailbox, event_id: str, meeting: Meeting) -> None:
    tells = mailbox.capture_mode == CaptureMode.FULL and not meeting.is_private
    db.execute(
        "INSERT INTO calendar_copy (id, org_id, event_id, mailbox_id, provider_id, series_id,"
        " subject, is_private, visibility, seen_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (mailbox_id, provider_id) DO UPDATE SET event_id = excluded.event_id,"
        " subject = excluded.subject, is_private = excluded.is_private,"
        " seen_at = excluded.seen_at, gone_at = NULL",
        [
            clock.new_id(),
            mailbox.org_id,
            event_id,
            mailbox.id,
            meeting.provider_id,
            meeting.series_id,
            meeting.subject[:MAX_SUBJECT] if tells else "",
            meeting.is_private,
            mailbox.visibility,
            clock.now(),
        ],
    )


def _is_latest(event_id: str, meeting: Meeting) -> bool:
    row = db.one("SELECT changed_at FROM calendar_event WHERE id = %s", [event_id])
    return row is not None and row[0] <= meeting.changed_at


def _keep_people(org_id: str, event_id: str, people: Sequence[Attendee]) -> None:
    """Those who take part now. An answer that a calendar does not know takes none away."""
    matches = match(org_id, {each.address for each in people})
    db.execute(
        f"DELETE FROM attendee WHERE event_id = %s AND NOT (address {db.among('text')})",
        [event_id, db.many(matches)],
    )
    db.execute_many(
        "INSERT INTO attendee (id, org_id, event_id, part, address, name, answer, person_id, rule)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (event_id, address) DO UPDATE SET"
        " part = excluded.part, name = excluded.name, answer = CASE WHEN excluded.answer = 'none'"
        " THEN attendee.answer ELSE excluded.answer END",
        [
            (
                clock.new_id(),
                org_id,
                event_id,
                each.part.value,
                each.address,
                each.name[:MAX_NAME],
                each.answer.value,
                matches[each.address].person_id,
                matches[each.address].rule,
            )
            for each in people
        ],
    )


def _keep_answers(event_id: str, people: Sequence[Attendee]) -> None:
    db.execute_many(
        "UPDATE attendee SET answer = %s WHERE event_id = %s AND address = %s",
        [
            (each.answer.value, event_id, each.address)
            for each in people
            if each.answer is not Answer.NONE
        ],
    )


def _people(meeting: Meeting) -> list[Attendee]:
    """Everybody with a readable address, once; the organizer's part wins over an invitation."""
    found: dict[str, Attendee] = {}
    for each in meeting.attendees[:MAX_PEOPLE]:
        try:
            address = normalise(each.address)
        except ValueError:
            continue
        known = found.get(address)
        if known is None or each.part is Part.ORGANIZER:
            answer = each.answer if known is None or known.answer is Answer.NONE else known.answer
            found[address] = Attendee(address, each.name, each.part, answer)
    return list(found.values())
