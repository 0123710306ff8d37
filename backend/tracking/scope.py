"""Which of a mail's stored opens are wanted; clicks and all else always are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from backend import db

# Not db.among: within an OR, PostgreSQL would walk the array for every row.
_ON_POSTGRES = (
    " AND (kind <> 'o' OR reader_key IN (SELECT decode(unnest(%s::text[]), 'hex'))"
    " OR copy_id IN (SELECT unnest(%s::uuid[])) OR stamp_id IN (SELECT unnest(%s::uuid[]))"
)
_EARLY_ON_POSTGRES = " OR (received_at <= %s AND copy_id IN (SELECT unnest(%s::uuid[])))"
_ON_SQLITE = (
    " AND (kind <> 'o' OR hex(reader_key) IN (SELECT value FROM json_each(%s))"
    " OR copy_id IN (SELECT value FROM json_each(%s))"
    " OR stamp_id IN (SELECT value FROM json_each(%s))"
)
_EARLY_ON_SQLITE = " OR (received_at <= %s AND copy_id IN (SELECT value FROM json_each(%s)))"


@dataclass(slots=True)
class Scope:
    """The opens of these readers, of these copies, and of these mails (stamp ids).

    Of `early` copies only those until a moment, and those within a stretch of time `near` to
    something: (stamp id, start, end), both ends in it.
    """

    readers: set[bytes] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    early: dict[str, datetime] = field(default_factory=dict)
    near: set[tuple[str, datetime, datetime]] = field(default_factory=set)

    @property
    def size(self) -> int:
        """How much is named; it grows when the scope does."""
        opens = len(self.readers) + len(self.copies) + len(self.mails)
        return opens + len(self.early) + len(self.near)

    def condition(self) -> tuple[str, list[str | datetime]]:
        """The scope as SQL to put behind other conditions on hits, and its parameters."""
        readers = [key.hex().upper() for key in self.readers]
        given: list[str | datetime] = [
            db.many(names) for names in (readers, self.copies, self.mails)
        ]
        wanted = _ON_POSTGRES if db.is_postgres() else _ON_SQLITE
        if self.early:  # with several mails' a little more than is needed
            wanted += _EARLY_ON_POSTGRES if db.is_postgres() else _EARLY_ON_SQLITE
            given += [max(self.early.values()), db.many(self.early)]
        for stretch in _joined(self.near):
            wanted += " OR (stamp_id = %s AND received_at BETWEEN %s AND %s)"
            given += stretch
        return f"{wanted})", given


def _joined(
    stretches: Iterable[tuple[str, datetime, datetime]],
) -> list[tuple[str, datetime, datetime]]:
    """The same stretches of each mail, as few as possible."""
    joined: list[tuple[str, datetime, datetime]] = []
    for stamp_id, start, end in sorted(stretches):
        if joined and joined[-1][0] == stamp_id and start <= joined[-1][2]:
            joined[-1] = stamp_id, joined[-1][1], max(joined[-1][2], end)
        else:
            joined.append((stamp_id, start, end))
    return joined
