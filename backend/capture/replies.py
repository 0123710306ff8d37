"""Replies: which mail of ours a received one answers, whichever of the two is found first.

By the Message-IDs that the answer names; else by the provider's thread in that mailbox, if it comes
from somebody the mail went to (or her company). A subject alone never makes a reply.
"""

from collections.abc import Sequence
from datetime import datetime

from backend import db
from backend.mail.addresses import domain_of
from backend.mail.auto_reply import Kind
from backend.models.mail import Stamp
from backend.tracking import outcomes
from backend.tracking.outcomes import Outcome


def link_received(message_id: str, mailbox_id: str, ids: Sequence[str]) -> None:
    """Join a received mail of a person with the mail of ours that it answers, if that is here."""
    original = _by_ids(message_id, ids)
    rule = "reply_by_references"
    if original is None:
        original, rule = _by_thread(message_id, mailbox_id), "reply_by_thread"
    if original is not None:
        _join(message_id, original, rule)


def link_sent(message_id: str, mailbox_id: str) -> None:
    """Join a mail of ours with the answers to it that were found before it."""
    for row in db.rows(
        "SELECT r.message_id FROM message_reference r"
        " JOIN email_message sent ON sent.internet_message_id = r.internet_message_id"
        " AND sent.org_id = r.org_id AND sent.internet_message_id <> ''"
        " JOIN email_message m ON m.id = r.message_id AND m.reply_to_id IS NULL"
        " WHERE sent.id = %s AND m.direction = 'received' AND m.kind = %s",
        [message_id, Kind.PERSON.value],
    ):
        _join(row[0], message_id, "reply_by_references")
    for row in db.rows(
        "SELECT m.id FROM message_copy own JOIN message_copy c ON c.mailbox_id = own.mailbox_id"
        " AND c.provider_thread_id = own.provider_thread_id AND NOT c.is_sent"
        " AND c.received_at > own.received_at"
        " JOIN email_message m ON m.id = c.message_id AND m.reply_to_id IS NULL"
        " WHERE own.message_id = %s AND own.mailbox_id = %s AND own.provider_thread_id <> ''"
        " AND m.kind = %s",
        [message_id, mailbox_id, Kind.PERSON.value],
    ):
        if _by_thread(row[0], mailbox_id) == message_id:
            _join(row[0], message_id, "reply_by_thread")


def opt_out(message_id: str) -> None:
    """Whoever sent this mail asks in it to be left alone: nobody should write to her any more."""
    row = db.one(
        "SELECT m.org_id, m.sent_at, m.dedup_key, m.reply_to_id, p.address, p.person_id, p.rule"
        " FROM email_message m JOIN participant p ON p.message_id = m.id AND p.role = 'from'"
        " WHERE m.id = %s",
        [message_id],
    )
    if row is None or row[6] == "user":
        return
    org_id, at, key, original_id, address, person_id, _ = row
    outcomes.suppress(org_id, address, outcomes.UNSUBSCRIBED, at)
    for stamp in Stamp.select().where(Stamp.message_id == original_id):
        asked = Outcome("opt_out", address, person_id, at, "asked_by_mail", key)
        outcomes.record(stamp, asked)


def _by_ids(message_id: str, ids: Sequence[str]) -> str | None:
    """The latest mail of ours that is named; In-Reply-To stands last in `ids`."""
    found = {
        row[0]: row[1]
        for row in db.rows(
            "SELECT sent.internet_message_id, sent.id FROM email_message m"
            " JOIN email_message sent ON sent.org_id = m.org_id AND sent.direction = 'sent'"
            f" AND sent.internet_message_id {db.among('text')} WHERE m.id = %s",
            [db.many(ids), message_id],
        )
    }
    return next((found[each] for each in reversed(ids) if each in found), None)


def _by_thread(message_id: str, mailbox_id: str) -> str | None:
    """The latest mail of ours before it in its thread that went to its sender or her company."""
    sender = _sender(message_id)
    if not sender:
        return None
    for row in db.rows(
        "SELECT DISTINCT sent.message_id, sent.received_at FROM message_copy own"
        " JOIN message_copy sent ON sent.mailbox_id = own.mailbox_id AND sent.is_sent"
        " AND sent.provider_thread_id = own.provider_thread_id"
        " AND sent.received_at < own.received_at"
        " WHERE own.message_id = %s AND own.mailbox_id = %s AND own.provider_thread_id <> ''"
        " ORDER BY sent.received_at DESC LIMIT 20",
        [message_id, mailbox_id],
    ):
        if _went_to(row[0], sender):
            return str(row[0])
    return None


def _went_to(message_id: str, sender: str) -> bool:
    sql = "SELECT address FROM participant WHERE message_id = %s AND role <> 'from'"
    addresses = [row[0] for row in db.rows(sql, [message_id])]
    return sender in addresses or domain_of(sender) in map(domain_of, addresses)


def _sender(message_id: str) -> str:
    row = db.one(
        "SELECT address FROM participant WHERE message_id = %s AND role = 'from'", [message_id]
    )
    return str(row[0]) if row else ""


def _join(message_id: str, original_id: str, rule: str) -> None:
    row = db.one(
        "SELECT m.sent_at, m.dedup_key, p.address, p.person_id FROM email_message m"
        " JOIN participant p ON p.message_id = m.id AND p.role = 'from' WHERE m.id = %s",
        [message_id],
    )
    if row is None:
        return
    at, key, address, person_id = row
    if not _is_answer(original_id, at, address):
        return
    db.execute(
        "UPDATE email_message SET reply_to_id = %s, record_due = TRUE WHERE id = %s",
        [original_id, message_id],
    )
    db.execute(
        "UPDATE email_message SET replied_at = %s, record_due = TRUE WHERE id = %s"
        " AND (replied_at IS NULL OR replied_at > %s)",
        [at, original_id, at],
    )
    for stamp in Stamp.select().where(Stamp.message_id == original_id):
        outcomes.record(stamp, Outcome("reply", address, person_id, at, rule, key))


def _is_answer(original_id: str, at: datetime, address: str) -> bool:
    """Not before what it answers, and not from its sender."""
    row = db.one(
        "SELECT m.sent_at, p.address FROM email_message m LEFT JOIN participant p"
        " ON p.message_id = m.id AND p.role = 'from' WHERE m.id = %s",
        [original_id],
    )
    return row is not None and address != row[1] and (row[0] is None or row[0] <= at)
