"""Mailboxes that wait for somebody: their access is gone, or nothing has succeeded for too long.

Asked on every page (the banner) and every minute (the letters), so it looks at one table.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend import clock, db
from backend.models.mailboxes import RESTING, MailboxState

# Sync is stale when nothing succeeded for longer than this (docs/admin.md, Health).
STALE = timedelta(minutes=30)
SYNCING = frozenset(MailboxState) - RESTING
# Only the first failure of an hour notifies.
PAUSE = timedelta(hours=1)
_NEEDY = (
    "(m.state IN ('needs_reauth', 'needs_admin') OR (m.capture_mode <> 'off'"
    f" AND m.state IN ({', '.join(repr(each.value) for each in sorted(SYNCING))})"
    " AND coalesce(m.last_ok_at, m.since) < %s))"
)


@dataclass(frozen=True, slots=True)
class Needy:
    """A mailbox that waits for somebody, whose it is, and since when nothing has succeeded."""

    id: str
    org_id: str
    user_id: str
    address: str
    state: str
    reason: str
    since: datetime


def is_stale(state: str, capture_mode: str, last_good_at: datetime, now: datetime) -> bool:
    """Whether nothing has succeeded for too long in a mailbox that should be syncing."""
    return state in SYNCING and capture_mode != "off" and now - last_good_at > STALE


def count(org_id: str, user_id: str | None = None) -> int:
    """How many wait for somebody: the organisation's, or one user's own."""
    where, params = _of(org_id, user_id)
    row = db.one(f"SELECT count(*) FROM mailbox m WHERE {where} AND {_NEEDY}", [*params, _limit()])
    return int(row[0]) if row else 0


def claim_untold() -> list[Needy]:
    """Those that nobody was written to about yet; they count as told now.

    An organisation that was written to within PAUSE is not written to again.
    """
    now = clock.now()
    found = [
        Needy(*row)
        for row in db.rows(
            "SELECT m.id, m.org_id, m.user_id, m.address, m.state, m.reason, m.since"
            f" FROM mailbox m WHERE m.warned_at IS NULL AND {_NEEDY} AND m.org_id NOT IN"
            " (SELECT w.org_id FROM mailbox w WHERE w.warned_at > %s) ORDER BY m.address",
            [_limit(), now - PAUSE],
        )
    ]
    sql = "UPDATE mailbox SET warned_at = %s WHERE id = %s AND warned_at IS NULL"
    return [each for each in found if db.execute(sql, [now, each.id])]


def untell(mailbox_id: str) -> None:
    """The letter did not go: it is tried again."""
    db.execute("UPDATE mailbox SET warned_at = NULL WHERE id = %s", [mailbox_id])


def forget_mended() -> int:
    """Those that are well again may be written about anew when they are not; how many."""
    return db.execute(
        "UPDATE mailbox SET warned_at = NULL WHERE warned_at IS NOT NULL"
        f" AND id NOT IN (SELECT m.id FROM mailbox m WHERE {_NEEDY})",
        [_limit()],
    )


def _of(org_id: str, user_id: str | None) -> tuple[str, list[Any]]:
    if user_id is None:
        return "m.org_id = %s", [org_id]
    return "m.org_id = %s AND m.user_id = %s", [org_id, user_id]


def _limit() -> datetime:
    return clock.now() - STALE
