"""The mail a user sent untracked lately, and why: the Feed says it, since it can say nothing else.

What Telltale left alone has a reason of its own. Mail that is only in her mailbox, from a phone or
another program, was sent without it.
"""

from datetime import datetime, timedelta
from typing import Any

from backend import clock, db
from backend.insights import sent
from backend.insights.feed import FEED_DAYS
from backend.insights.viewer import Viewer

MOST = 50


def latest(viewer: Viewer) -> list[dict[str, Any]]:
    """The newest of the viewer's own as the API shows them, at most `MOST`, of the Feed's days."""
    since = clock.now() - timedelta(days=FEED_DAYS)
    found = [*_stamped(viewer, since), *_captured(viewer, since)]
    found.sort(key=lambda row: (row[2], row[0]), reverse=True)
    return [
        {"subject": subject, "sent_at": sent.shown(at), "reason": reason}
        for _, subject, at, reason in found[:MOST]
    ]


def _stamped(viewer: Viewer, since: datetime) -> list[db.Row]:
    return db.rows(
        "SELECT m.id, m.subject, s.sent_at, s.reason FROM stamp s"
        " JOIN email_message m ON m.id = s.message_id"
        " WHERE s.user_id = %s AND s.created_at >= %s AND s.state = 'untracked'"
        " AND s.sent_at IS NOT NULL ORDER BY s.sent_at DESC, s.id DESC LIMIT %s",
        [viewer.user_id, since, MOST],
    )


def _captured(viewer: Viewer, since: datetime) -> list[db.Row]:
    # The same mail may be in two of her mailboxes.
    return db.rows(
        "SELECT DISTINCT m.id, m.subject, m.sent_at, 'not_stamped' FROM mailbox b"
        " JOIN message_copy c ON c.mailbox_id = b.id JOIN email_message m ON m.id = c.message_id"
        " WHERE b.user_id = %s AND m.user_id = b.user_id AND c.received_at >= %s"
        " AND m.direction = 'sent' AND m.sent_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM stamp s WHERE s.message_id = m.id)"
        " ORDER BY m.sent_at DESC, m.id DESC LIMIT %s",
        [viewer.user_id, since, MOST],
    )
