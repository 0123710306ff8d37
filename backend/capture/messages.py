"""Captured mail as rows: one message however many mailboxes hold it, one copy for each of them.

The key that tells one mail from another is its Message-ID with its sender; a mail without an id is
told by its facts. Two workers that meet over the same mail end with one row (UNIQUE).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend import clock, db
from backend.capture.matching import Match, match
from backend.mail.auto_reply import Kind
from backend.mail.parsed import Parsed
from backend.models import record
from backend.models.mailboxes import CaptureMode, Mailbox
from backend.providers.mail import FetchedMail

MAX_SUBJECT = 1_000
MAX_BODY = 200_000
MAX_PEOPLE = 2_000  # of one mail


def dedup_key(mail: Parsed, fetched: FetchedMail) -> str:
    """The same for every copy of a mail, whoever's mailbox it lies in."""
    sender = mail.sender.address if mail.sender else ""
    if mail.message_id:
        facts = f"{mail.message_id}|{sender}"
    else:
        to = ",".join(sorted(each.address for each in (*mail.to, *mail.cc)))
        at = (mail.sent_at or fetched.received_at).isoformat(timespec="seconds")
        facts = f"{sender}|{to}|{at}|{mail.subject}|{len(fetched.raw)}"
    return hashlib.sha256(facts.encode()).hexdigest()


def find(org_id: str, key: str) -> str | None:
    """The id of the captured message with that key."""
    row = db.one("SELECT id FROM email_message WHERE org_id = %s AND dedup_key = %s", [org_id, key])
    return str(row[0]) if row else None


def key_of(message_id: str) -> str | None:
    """The key under which a message was captured, or None while it was not."""
    row = db.one("SELECT dedup_key FROM email_message WHERE id = %s", [message_id])
    return row[0] if row else None


@dataclass(frozen=True, slots=True)
class Kept:
    """A message in the table; of a new one nothing else can be there yet."""

    id: str
    is_new: bool = False


def add(mailbox: Mailbox, mail: Parsed, fetched: FetchedMail, kind: Kind, key: str) -> Kept:
    """The captured message with that key, made if nobody has."""
    message_id = clock.new_id()
    is_full = mailbox.capture_mode == CaptureMode.FULL
    is_new = db.execute(
        "INSERT INTO email_message (id, org_id, user_id, direction, status, internet_message_id,"
        " subject, visibility, sent_at, created_at, dedup_key, captured_at, kind)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (org_id, dedup_key) DO NOTHING",
        [
            message_id,
            mailbox.org_id,
            mailbox.user_id,
            "sent" if fetched.is_sent else "received",
            "sent" if fetched.is_sent else "received",
            mail.message_id,
            mail.subject[:MAX_SUBJECT] if is_full else "",
            mailbox.visibility,
            fetched.received_at,
            clock.now(),
            key,
            clock.now(),
            kind.value,
        ],
    )
    if is_new:
        return Kept(message_id, is_new=True)
    known = find(mailbox.org_id, key)
    assert known
    # Another copy may tell more people, or the text.
    db.execute("UPDATE email_message SET record_due = TRUE WHERE id = %s", [known])
    if fetched.is_sent:
        _belong_to_sender(mailbox, known)
    return Kept(known)


def _belong_to_sender(mailbox: Mailbox, message_id: str) -> None:
    """A mail that a colleague's mailbox received first is its sender's, once hers is seen."""
    db.execute(
        "UPDATE email_message SET direction = 'sent', status = 'sent', kind = 'person',"
        " user_id = %s, visibility = %s WHERE id = %s AND direction = 'received'",
        [mailbox.user_id, mailbox.visibility, message_id],
    )


def adopt(message_id: str, key: str, other_id: str | None) -> None:
    """Let the message of a stamp be the captured one; what was captured before it moves over."""
    if other_id and other_id != message_id:
        for table in ("message_copy", "message_reference", "bounce"):
            db.execute(
                f"UPDATE {table} SET message_id = %s WHERE message_id = %s", [message_id, other_id]
            )
        db.execute(
            "UPDATE email_message SET reply_to_id = %s, record_due = TRUE WHERE reply_to_id = %s",
            [message_id, other_id],
        )
        record.forget([other_id])
        db.execute("DELETE FROM participant WHERE message_id = %s", [other_id])
        db.execute("DELETE FROM email_message WHERE id = %s", [other_id])
    db.execute(
        "UPDATE email_message SET dedup_key = %s, captured_at = coalesce(captured_at, %s),"
        " record_due = TRUE"
        " WHERE id = %s",
        [key, clock.now(), message_id],
    )


def add_copy(mailbox: Mailbox, message_id: str, fetched: FetchedMail) -> bool:
    """Note that this mailbox holds the mail; whether that is new."""
    return bool(
        db.execute(
            "INSERT INTO message_copy (id, org_id, message_id, mailbox_id, provider_id,"
            " provider_thread_id, is_sent, received_at, visibility)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (mailbox_id, provider_id) DO NOTHING",
            [
                clock.new_id(),
                mailbox.org_id,
                message_id,
                mailbox.id,
                fetched.provider_id,
                fetched.thread_id,
                fetched.is_sent,
                fetched.received_at,
                mailbox.visibility,
            ],
        )
    )


def add_people(mailbox: Mailbox, kept: Kept, mail: Parsed, *, is_sent: bool) -> None:
    """The mail's participants with whom they are. A Bcc is seen on the sender's own copy alone."""
    lines = [("from", (mail.sender,) if mail.sender else ()), ("to", mail.to), ("cc", mail.cc)]
    if is_sent:
        lines.append(("bcc", mail.bcc))
    people = [(role, who) for role, everyone in lines for who in everyone][:MAX_PEOPLE]
    matches = match(mailbox.org_id, {who.address for _, who in people})
    seen = set() if kept.is_new else _participants(kept.id)
    new = [
        (
            clock.new_id(),
            mailbox.org_id,
            kept.id,
            place - 1,
            role,
            who.address,
            who.name,
            matches[who.address].person_id,
            "",
            "",
            matches[who.address].rule,
        )
        for place, (role, who) in enumerate(people)
        if (role, who.address) not in seen
    ]
    columns = "id org_id message_id position role address name person_id decision reason rule"
    if new:
        db.insert_rows("participant", columns.split(), new)
    if not kept.is_new:
        _tell_rules(kept.id, matches)


def _participants(message_id: str) -> set[tuple[str, str]]:
    sql = "SELECT role, address FROM participant WHERE message_id = %s"
    return {(role, address) for role, address in db.rows(sql, [message_id])}


def _tell_rules(message_id: str, matches: dict[str, Match]) -> None:
    """Participants that a stamp wrote know their person, but not by which rule."""
    db.execute_many(
        "UPDATE participant SET rule = %s, person_id = coalesce(person_id, %s)"
        " WHERE message_id = %s AND address = %s AND rule = ''",
        [
            (found.rule, found.person_id, message_id, address)
            for address, found in matches.items()
            if found.rule
        ],
    )


def add_body(mailbox: Mailbox, message_id: str, mail: Parsed) -> None:
    """The text for people to read, where the mailbox is captured in full."""
    text = mail.plain()
    if mailbox.capture_mode == CaptureMode.FULL and text.strip():
        db.execute(
            "INSERT INTO message_body (message_id, org_id, text) VALUES (%s, %s, %s)"
            " ON CONFLICT (message_id) DO NOTHING",
            [message_id, mailbox.org_id, text[:MAX_BODY].strip()],
        )


def add_references(org_id: str, kept: Kept, ids: Sequence[str]) -> None:
    """What the mail refers to, for mails that are found after it."""
    known = set() if kept.is_new else _references(kept.id)
    new = [(org_id, each, kept.id) for each in dict.fromkeys(ids) if each not in known]
    if new:
        db.insert_rows("message_reference", ("org_id", "internet_message_id", "message_id"), new)


def _references(message_id: str) -> set[str]:
    sql = "SELECT internet_message_id FROM message_reference WHERE message_id = %s"
    return {named for (named,) in db.rows(sql, [message_id])}


def note_decision(
    mailbox: Mailbox, provider_id: str, rule: str, at: datetime, digest: str = ""
) -> None:
    """Why a mail was left out; nothing of the mail itself is kept (`digest` see capture.why)."""
    db.execute(
        "INSERT INTO capture_decision"
        " (mailbox_id, remote_id, org_id, rule, decided_at, message_digest)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (mailbox_id, remote_id)"
        " DO UPDATE SET rule = excluded.rule, decided_at = excluded.decided_at",
        [mailbox.id, provider_id, mailbox.org_id, rule, at, digest],
    )
