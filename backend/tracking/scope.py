"""Which of a mail's stored opens are wanted; clicks and all else always are."""

from dataclasses import dataclass, field

from backend import db

# Not db.among: within an OR, PostgreSQL would walk the array for every row.
_ON_POSTGRES = (
    " AND (kind <> 'o' OR reader_key IN (SELECT decode(unnest(%s::text[]), 'hex'))"
    " OR copy_id IN (SELECT unnest(%s::uuid[])) OR stamp_id IN (SELECT unnest(%s::uuid[])))"
)
_ON_SQLITE = (
    " AND (kind <> 'o' OR hex(reader_key) IN (SELECT value FROM json_each(%s))"
    " OR copy_id IN (SELECT value FROM json_each(%s))"
    " OR stamp_id IN (SELECT value FROM json_each(%s)))"
)


@dataclass(slots=True)
class Scope:
    """The opens of these readers, of these copies, and of these mails (stamp ids)."""

    readers: set[bytes] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """How much is named; it grows when the scope does."""
        return len(self.readers) + len(self.copies) + len(self.mails)

    def condition(self) -> tuple[str, list[str]]:
        """The scope as SQL to put behind other conditions on hits, and its parameters."""
        readers = [key.hex().upper() for key in self.readers]
        given = [db.many(names) for names in (readers, self.copies, self.mails)]
        return _ON_POSTGRES if db.is_postgres() else _ON_SQLITE, given
