"""The mark of the last backup: when it was made and how large its file is, and no more of it."""

from dataclasses import dataclass
from datetime import datetime

from backend import db

_MARK = "backup"


@dataclass(frozen=True, slots=True)
class Backup:
    """One that ended well; `size` is its file's, in bytes."""

    made_at: datetime
    size: int


def note(backup: Backup) -> None:
    """This is the last one now."""
    # A later time that is there already does not win: it was a clock's that went wrong.
    db.execute(
        "INSERT INTO worker_mark (name, at, size) VALUES (%s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at, size = excluded.size",
        [_MARK, backup.made_at, backup.size],
    )


def last() -> Backup | None:
    """The last one that this database knows of; one made by other means it does not."""
    row = db.one("SELECT at, size FROM worker_mark WHERE name = %s", [_MARK])
    return Backup(*row) if row else None
