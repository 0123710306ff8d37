"""Why a mail was captured or not, for who has it: asked by its Message-ID or the provider's id.

Nothing of a mail that was left out is kept but the rule and a digest of its Message-ID.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from backend import db

LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the mail in one mailbox; `message_id` is its record, None if left out."""

    mailbox: str
    rule: str
    decided_at: datetime | None
    message_id: str | None


def digest_of(mailbox_id: str, internet_message_id: str) -> str:
    """What is kept of the Message-ID of a mail that was left out; "" without one."""
    if not internet_message_id:
        return ""
    return hashlib.sha256(f"{mailbox_id}|{internet_message_id}".encode()).hexdigest()


def ask(user_id: str, text: str) -> list[Answer]:
    """What became of that mail in each of the user's mailboxes that has seen it."""
    given = text.strip()[:LONGEST]
    named = given if given.startswith("<") else f"<{given}>"
    mailboxes = db.rows("SELECT id, address FROM mailbox WHERE user_id = %s", [user_id])
    return [
        answer
        for mailbox_id, address in mailboxes
        for answer in (
            *_kept(mailbox_id, address, given, named),
            *_left(mailbox_id, address, given, named),
        )
    ]


def _kept(mailbox_id: str, address: str, given: str, named: str) -> list[Answer]:
    found = db.rows(
        "SELECT m.id, m.captured_at FROM message_copy c JOIN email_message m ON m.id = c.message_id"
        " WHERE c.mailbox_id = %s AND (c.provider_id = %s OR m.id IN (SELECT i.id"
        " FROM email_message i WHERE i.org_id = m.org_id AND i.internet_message_id = %s))",
        [mailbox_id, given, named],
    )
    return [Answer(address, "captured", at, message_id) for message_id, at in found]


def _left(mailbox_id: str, address: str, given: str, named: str) -> list[Answer]:
    found = db.rows(
        "SELECT rule, decided_at FROM capture_decision"
        " WHERE mailbox_id = %s AND (remote_id = %s OR message_digest = %s)",
        [mailbox_id, given, digest_of(mailbox_id, named)],
    )
    return [Answer(address, rule, at, None) for rule, at in found]


def counts(mailbox_id: str) -> list[tuple[str, int]]:
    """How many mails of the mailbox each rule left out lately, the most first."""
    return [
        (rule, int(count))
        for rule, count in db.rows(
            "SELECT rule, count(*) FROM capture_decision WHERE mailbox_id = %s"
            " GROUP BY rule ORDER BY count(*) DESC, rule",
            [mailbox_id],
        )
    ]
