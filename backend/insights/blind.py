"""What others than its sender are told of a mail with blind copies: nothing of who got those.

A copy that all share has no address: what comes of it is nobody's, and counts for everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import db

# Over engagement e and stamp s. A reply to a shared copy or a bounce of it names the person.
NOT_BLIND = (
    "NOT EXISTS (SELECT 1 FROM stamp_copy k JOIN participant b ON b.message_id = s.message_id"
    " AND b.role = 'bcc' AND (b.address = k.address OR b.person_id = e.person_id)"
    " WHERE k.id = e.copy_id)"
)
_NOT_OF_BLIND = (
    "NOT EXISTS (SELECT 1 FROM participant b WHERE b.message_id = m.id AND b.role = 'bcc'"
    " AND b.address = {})"
)


@dataclass(frozen=True, slots=True)
class _Engaged:
    """So many opens or clicks between those times, the surest with this confidence."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    confidence: float | None = None


def counters(message_ids: Sequence[str], viewer_id: str | None) -> dict[str, dict[str, Any]]:
    """The counters of somebody else's mails without what came of blind copies, by message id.

    Only of mails that had some; without a viewer of none. They are as backend.tracking.summaries
    writes them, with `open_confidence`.
    """
    mails = _of_others(message_ids, viewer_id) if viewer_id else []
    if not mails:
        return {}
    found = [row[0] for row in mails]
    opens, clicks = _engaged(found, "open"), _engaged(found, "click")
    return {
        message_id: _told(opens[message_id], clicks[message_id])
        | {
            "open_count": min(opens[message_id].count, most),
            "is_bounced": bool(is_bounced),
            "replied_at": db.as_time(replied_at),
        }
        for message_id, most, is_bounced, replied_at in mails
    }


def _of_others(message_ids: Sequence[str], viewer_id: str) -> list[db.Row]:
    """Other people's mails with blind copies: opens as shown, a bounce and an answer of others."""
    return db.rows(
        "SELECT m.id, m.open_count, EXISTS (SELECT 1 FROM bounce r WHERE r.message_id = m.id"
        f" AND r.is_hard AND {_NOT_OF_BLIND.format('r.address')}),"
        " (SELECT min(a.sent_at) FROM email_message a JOIN participant f ON f.message_id = a.id"
        " AND f.role = 'from' WHERE a.reply_to_id = m.id AND a.direction = 'received'"
        f" AND a.kind = 'person' AND {_NOT_OF_BLIND.format('f.address')})"
        f" FROM email_message m WHERE m.id {db.among('uuid')} AND m.user_id <> %s"
        " AND EXISTS (SELECT 1 FROM participant t WHERE t.message_id = m.id AND t.role = 'bcc')",
        [db.many(message_ids), viewer_id],
    )


def _engaged(message_ids: Sequence[str], kind: str) -> dict[str, _Engaged]:
    """Of each of these mails, also where nobody did that."""
    return dict.fromkeys(message_ids, _Engaged()) | {
        message_id: _Engaged(int(count), db.as_time(first), db.as_time(last), round(surest, 2))
        for message_id, count, first, last, surest in db.rows(
            "SELECT s.message_id, count(*), min(e.occurred_at), max(e.occurred_at),"
            " max(e.confidence) FROM stamp s JOIN engagement e ON e.stamp_id = s.id"
            f" AND e.is_counted AND e.kind = %s WHERE s.message_id {db.among('uuid')}"
            f" AND {NOT_BLIND} GROUP BY s.message_id",
            [kind, db.many(message_ids)],
        )
    }


def _told(opens: _Engaged, clicks: _Engaged) -> dict[str, Any]:
    firsts = [each.first for each in (opens, clicks) if each.first]
    return {
        "is_opened": bool(opens.count or clicks.count),
        "is_open_inferred": bool(clicks.count and not opens.count),
        "first_opened_at": min(firsts, default=None),
        "last_opened_at": opens.last or clicks.last,
        "opens_total": opens.count,
        "click_count": clicks.count,
        "open_confidence": opens.confidence,
    }
