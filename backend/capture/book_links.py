"""What became of each entry of an address book: whom it is, or the rule that leaves it out.

In the caller's transaction. Of an entry that is left out nothing is kept but its id and the rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend import db
from backend.models.mailboxes import Mailbox


@dataclass(frozen=True, slots=True)
class Link:
    """What became of an entry: the person, and what of hers was written from it."""

    rule: str
    person_id: str | None = None
    digest: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)


def of(mailbox: Mailbox, provider_id: str) -> Link:
    """What became of it before; nobody, by no rule, for a new one."""
    row = db.one(
        "SELECT rule, person_id, digest, written FROM book_entry"
        " WHERE mailbox_id = %s AND provider_id = %s",
        [mailbox.id, provider_id],
    )
    return Link(*row) if row else Link("")


def keep(mailbox: Mailbox, provider_id: str, link: Link, generation: int) -> None:
    """What is now."""
    db.execute(
        "INSERT INTO book_entry (mailbox_id, provider_id, org_id, person_id, rule, digest, written,"
        " generation) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (mailbox_id, provider_id) DO UPDATE SET person_id = excluded.person_id,"
        " rule = excluded.rule, digest = excluded.digest, written = excluded.written,"
        " generation = excluded.generation",
        [
            mailbox.id,
            provider_id,
            mailbox.org_id,
            link.person_id,
            link.rule,
            link.digest,
            db.dumps(link.written),
            generation,
        ],
    )


def follow(mailbox: Mailbox, provider_id: str, former: Collection[str]) -> None:
    """An entry that had other ids before is the same one."""
    for each in former:
        if of(mailbox, provider_id) == Link(""):
            db.execute(
                "UPDATE book_entry SET provider_id = %s WHERE mailbox_id = %s AND provider_id = %s",
                [provider_id, mailbox.id, each],
            )
    went(mailbox, former)


def went(mailbox: Mailbox, provider_ids: Collection[str]) -> int:
    """These entries are no longer in the book: the people stay. How many there were."""
    if not provider_ids:
        return 0
    return db.execute(
        f"DELETE FROM book_entry WHERE mailbox_id = %s AND provider_id {db.among('text')}",
        [mailbox.id, db.many(provider_ids)],
    )


def went_unseen(mailbox: Mailbox, generation: int) -> int:
    """The same of all that this round, in which the whole book was told, has not told."""
    return db.execute(
        "DELETE FROM book_entry WHERE mailbox_id = %s AND generation < %s",
        [mailbox.id, generation],
    )
