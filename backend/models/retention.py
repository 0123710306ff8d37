"""How long mail is kept: what is older than a term counted in days, told before anything goes.

A mail's age counts from when it came here: captured, or sent through us, or written
(docs/capture.md, How long it is kept).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import clock, db

CAME = "coalesce(captured_at, sent_at, created_at)"  # of email_message


@dataclass(frozen=True, slots=True)
class Past:
    """The mails that are older than the term, and when the oldest of them came."""

    days: int | None
    mails: int
    oldest_at: datetime | None


def past(org_id: str, days: int | None) -> Past:
    """What a term of so many days would no longer keep; None keeps everything."""
    if days is None:
        return Past(None, 0, None)
    older = f"FROM email_message WHERE org_id = %s AND {CAME} < %s"
    asked = [org_id, clock.now() - timedelta(days=days)]
    row = db.one(f"SELECT count(*) {older}", asked)
    # Columns, not an expression: SQLite knows a time by its column's type.
    came = db.one(f"SELECT captured_at, sent_at, created_at {older} ORDER BY {CAME} LIMIT 1", asked)
    return Past(days, row[0] if row else 0, next(filter(None, came)) if came else None)
