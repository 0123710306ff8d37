"""How the address books stand that people bring in: how many became people, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from backend import db
from backend.models.mailboxes import CONTACTS


@dataclass(frozen=True, slots=True)
class Book:
    """One mailbox's book: entries that are people, those left out by rule, as of its last round.

    `reason` is why it is not read now, "later" for what passes by itself.
    """

    people: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None
    reason: str = ""


def of_user(user_id: str) -> dict[str, Book]:
    """The books of the user's mailboxes that bring them in, by mailbox."""
    return _books("b.user_id", user_id)


def of_organisation(org_id: str) -> dict[str, Book]:
    """The same of everybody's."""
    return _books("b.org_id", org_id)


def _books(column: str, value: str) -> dict[str, Book]:
    left_out: dict[str, dict[str, int]] = {}
    people: dict[str, int] = {}
    for mailbox_id, rule, is_somebody, count in db.rows(
        "SELECT e.mailbox_id, CASE WHEN e.person_id IS NULL THEN e.rule ELSE '' END AS r,"
        " CASE WHEN e.person_id IS NULL THEN 0 ELSE 1 END AS s, count(*) FROM mailbox b"
        f" JOIN book_entry e ON e.mailbox_id = b.id WHERE {column} = %s GROUP BY 1, 2, 3"
        " ORDER BY 4 DESC, 2",
        [value],
    ):
        if is_somebody:
            people[mailbox_id] = int(count)
        else:
            left_out.setdefault(mailbox_id, {})[rule] = int(count)
    return {
        mailbox_id: Book(people.get(mailbox_id, 0), left_out.get(mailbox_id, {}), at, reason or "")
        for mailbox_id, at, reason in db.rows(
            "SELECT b.id, s.told_at, s.reason FROM mailbox b LEFT JOIN sync_stream s"
            " ON s.mailbox_id = b.id AND s.kind = %s"
            f" WHERE {column} = %s AND b.brings_contacts",
            [CONTACTS, value],
        )
    }
