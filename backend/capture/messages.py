"""Captured mail as rows: one message however many mailboxes hold it, one copy for each of them.

The key that tells one mail from another is its Message-ID with its sender; a mail without an id is
told by its facts. Two workers that meet over the same mail end with one row (UNIQUE). A page of
mails is written at once: a statement for each of them was most of a mail's time on PostgreSQL.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import peewee
import psycopg

from backend import clock, db
from backend.mail.auto_reply import Kind
from backend.mail.parsed import Parsed
from backend.models import record
from backend.models.mailboxes import CaptureMode, Mailbox
from backend.providers.mail import FetchedMail

DOUBLED = (peewee.IntegrityError, psycopg.errors.UniqueViolation)  # another worker was first
MAX_SUBJECT = 1_000
MAX_BODY = 200_000
_MESSAGE = {
    "id": "uuid", "org_id": "uuid", "user_id": "uuid", "direction": "text", "status": "text",
    "internet_message_id": "text", "subject": "text", "visibility": "text",
    "sent_at": "timestamptz", "created_at": "timestamptz", "dedup_key": "text",
    "captured_at": "timestamptz", "kind": "text",
}  # fmt: skip
_COPY = {
    "id": "uuid", "org_id": "uuid", "message_id": "uuid", "mailbox_id": "uuid",
    "provider_id": "text", "provider_thread_id": "text", "is_sent": "boolean",
    "received_at": "timestamptz", "visibility": "text",
}  # fmt: skip
_BODY = {"message_id": "uuid", "org_id": "uuid", "text": "text"}
_REFERENCE = {"org_id": "uuid", "internet_message_id": "text", "message_id": "uuid"}
_DECISION = {
    "mailbox_id": "uuid", "remote_id": "text", "org_id": "uuid", "rule": "text",
    "decided_at": "timestamptz", "message_digest": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fetched mail that is to be kept: what it says, and the key that tells it from others."""

    mail: Parsed
    fetched: FetchedMail
    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A message in the table; of a new one nothing else can be there yet."""

    id: str
    arrival: Arrival
    is_new: bool = False


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


def find(org_id: str, keys: Iterable[str]) -> dict[str, str]:
    """The ids of the captured messages with these keys, by key."""
    return dict(
        db.rows(
            "SELECT dedup_key, id FROM email_message"
            f" WHERE org_id = %s AND dedup_key {db.among('text')}",
            [org_id, db.many(keys)],
        )
    )


def key_of(message_id: str) -> str | None:
    """The key under which a message was captured, or None while it was not."""
    row = db.one("SELECT dedup_key FROM email_message WHERE id = %s", [message_id])
    return row[0] if row else None


def add(mailbox: Mailbox, arrivals: Sequence[Arrival]) -> list[Kept]:
    """The captured message of each of these (no two of one key), made if nobody has."""
    known = find(mailbox.org_id, (each.key for each in arrivals))
    # In the order of their keys: two workers that meet over the same mails wait, none for ever.
    new = {
        each.key: clock.new_id()
        for each in sorted(arrivals, key=lambda each: each.key)
        if each.key not in known
    }
    of_key = {each.key: each for each in arrivals}
    rows = [_row(mailbox, of_key[key], message_id) for key, message_id in new.items()]
    if db.add_rows("email_message", _MESSAGE, rows, "org_id, dedup_key") < len(rows):
        known |= find(mailbox.org_id, new)  # another worker was first with some of them
    ids = new | known
    kept = [Kept(ids[each.key], each, new.get(each.key) == ids[each.key]) for each in arrivals]
    told = [each for each in kept if not each.is_new]
    if _tell_again(mailbox, told) < len(told):
        return add(mailbox, arrivals)  # some became their stamps' messages meanwhile: see adopt
    return kept


def _row(mailbox: Mailbox, arrival: Arrival, message_id: str) -> tuple[object, ...]:
    fetched, now = arrival.fetched, clock.now()
    is_full = mailbox.capture_mode == CaptureMode.FULL
    way = "sent" if fetched.is_sent else "received"
    return (
        message_id,
        mailbox.org_id,
        mailbox.user_id,
        way,
        way,
        arrival.mail.message_id,
        arrival.mail.subject[:MAX_SUBJECT] if is_full else "",
        mailbox.visibility,
        fetched.received_at,
        now,
        arrival.key,
        now,
        arrival.kind.value,
    )


def _tell_again(mailbox: Mailbox, known: Sequence[Kept]) -> int:
    """Another copy may tell more people, or the text; a sender's says whose mail it is.

    A mail that a colleague's mailbox received first is its sender's, once hers is seen. Returns how
    many are there still; those stay until the transaction ends.
    """
    if not known:
        return 0
    is_one = f"id {db.among('uuid')}"
    found = db.execute(
        f"UPDATE email_message SET record_due = TRUE WHERE {is_one}",
        [db.many(each.id for each in known)],
    )
    db.execute(
        "UPDATE email_message SET direction = 'sent', status = 'sent', kind = 'person',"
        f" user_id = %s, visibility = %s WHERE {is_one} AND direction = 'received'",
        [
            mailbox.user_id,
            mailbox.visibility,
            db.many(each.id for each in known if each.arrival.fetched.is_sent),
        ],
    )
    return found


def adopt(message_id: str, key: str, other_id: str | None) -> None:
    """Let the message of a stamp be the captured one; what was captured before it moves over."""
    if other_id and other_id != message_id:
        if db.is_postgres():  # a copy that is being added to it goes with it if we do not wait
            db.one("SELECT id FROM email_message WHERE id = %s FOR UPDATE", [other_id])
        for table in ("message_copy", "message_reference", "bounce"):
            db.execute(
                f"UPDATE {table} SET message_id = %s WHERE message_id = %s", [message_id, other_id]
            )
        db.execute(
            "UPDATE email_message SET reply_to_id = %s, record_due = TRUE WHERE reply_to_id = %s",
            [message_id, other_id],
        )
        record.forget([other_id])
        # Whoever had it before the sender's own copy came finds it by its words, too.
        db.execute("UPDATE stamp SET indexed_at = NULL WHERE message_id = %s", [message_id])
        db.execute("DELETE FROM participant WHERE message_id = %s", [other_id])
        db.execute("DELETE FROM email_message WHERE id = %s", [other_id])
    db.execute(
        "UPDATE email_message SET dedup_key = %s, captured_at = coalesce(captured_at, %s),"
        " record_due = TRUE"
        " WHERE id = %s",
        [key, clock.now(), message_id],
    )


def add_copies(mailbox: Mailbox, kept: Sequence[Kept]) -> None:
    """Note that this mailbox holds these mails."""
    rows = [
        (
            clock.new_id(),
            mailbox.org_id,
            each.id,
            mailbox.id,
            each.arrival.fetched.provider_id,
            each.arrival.fetched.thread_id,
            each.arrival.fetched.is_sent,
            each.arrival.fetched.received_at,
            mailbox.visibility,
        )
        for each in kept
    ]
    db.add_rows("message_copy", _COPY, rows, "mailbox_id, provider_id")


def add_bodies(mailbox: Mailbox, kept: Sequence[Kept]) -> None:
    """The texts for people to read, where the mailbox is captured in full."""
    if mailbox.capture_mode != CaptureMode.FULL:
        return
    texts = [(each.id, each.arrival.mail.plain()[:MAX_BODY].strip()) for each in kept]
    rows = [(message_id, mailbox.org_id, text) for message_id, text in texts if text]
    db.add_rows("message_body", _BODY, rows, "message_id")


def add_references(org_id: str, ids: Mapping[str, Sequence[str]]) -> None:
    """What each of these mails refers to, for mails that are found after it."""
    rows = [(org_id, named, message_id) for message_id, all_ in ids.items() for named in all_]
    db.add_rows("message_reference", _REFERENCE, rows, "org_id, internet_message_id, message_id")


def note_decisions(mailbox: Mailbox, left_out: Iterable[tuple[str, str, str]]) -> None:
    """Why mails were left out: (id at the provider, rule, digest: see capture.why) of each.

    Nothing of the mails themselves is kept.
    """
    now = clock.now()
    rows = {
        provider_id: (mailbox.id, provider_id, mailbox.org_id, rule, now, digest)
        for provider_id, rule, digest in left_out
    }
    db.add_rows(
        "capture_decision",
        _DECISION,
        list(rows.values()),
        "mailbox_id, remote_id",
        "rule = excluded.rule, decided_at = excluded.decided_at",
    )
