"""Figures about mail with a person or an account, each with the number it rests on.

What is not captured (mail received without a mailbox, meetings without a calendar) is None, not 0.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from backend import clock, db
from backend.insights import meetings, recipients
from backend.insights.people_mail import JOINED, About, messages
from backend.insights.viewer import Viewer, visible

WINDOW = timedelta(days=30)  # requirement R54: "Last 30 Days Activities"
MAX_MAILS = 1_000  # of the window; more are counted as sent only


def of(viewer: Viewer, about: About) -> dict[str, Any]:
    """The figures as of now, over the mail that the viewer may see.

    `opened` and `clicked` count mails (a mail to two of an account's people counts twice);
    `measurable` says of how many of them anything could be known.
    """
    now = clock.now()
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    sent = db.rows(
        f"SELECT m.id, m.sent_at FROM {source}{JOINED}"
        f" WHERE {seen} AND m.sent_at >= %s AND m.direction = 'sent' ORDER BY m.sent_at DESC",
        [*params, *of_viewer, now - WINDOW],
    )
    last = db.one(
        f"SELECT max(m.sent_at), count(m.sent_at) FROM {source}{JOINED}"
        f" WHERE {seen} AND m.direction = 'sent'",
        [*params, *of_viewer],
    )
    received = _received(viewer, about, now - WINDOW)
    return {
        "as_of": now,
        "last_sent_at": db.as_time(last[0]) if last else None,
        "last_received_at": received[0],
        "sent_total": last[1] if last else 0,
        "last_30_days": {
            "sent": len(sent),
            **_measured(viewer, [message_id for message_id, _ in sent[:MAX_MAILS]], about),
            "received": received[1],
            "meetings": meetings.held(viewer, about, now - WINDOW),
        },
    }


def _received(viewer: Viewer, about: About, since: datetime) -> tuple[datetime | None, int | None]:
    """When the last mail came from these people, and how many since then; None without capture.

    Machines' mail is not theirs: an out-of-office notice or a bounce does not count.
    """
    if db.one("SELECT 1 FROM mailbox WHERE org_id = %s LIMIT 1", [viewer.org_id]) is None:
        return None, None
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    row = db.one(
        "SELECT max(m.sent_at), sum(CASE WHEN m.sent_at >= %s THEN 1 ELSE 0 END)"
        f" FROM {source}{JOINED} JOIN participant f ON f.message_id = m.id AND f.role = 'from'"
        f" WHERE {seen} AND m.direction = 'received' AND m.kind = 'person'"
        f" AND (f.person_id {db.among('uuid')} OR f.address {db.among('text')})",
        [since, *params, *of_viewer, db.many(about.person_ids), db.many(about.addresses)],
    )
    return (db.as_time(row[0]), int(row[1] or 0)) if row else (None, 0)


def _measured(viewer: Viewer, message_ids: Sequence[str], about: About) -> dict[str, int]:
    engaged = recipients.engaged_addresses(message_ids)
    found = [
        (each.state, engaged.get((each.message_id, each.address), {}))
        for each in recipients.states_of(message_ids, engaged)
        if (each.person_id in about.person_ids or each.address in about.addresses)
        and (each.role != "bcc" or each.sender_id == viewer.user_id)
    ]
    return {
        "measurable": sum(state != recipients.RecipientState.NOT_MEASURABLE for state, _ in found),
        "opened": sum(state == recipients.RecipientState.OPENED for state, _ in found),
        "clicked": sum("click" in kinds for _, kinds in found),
    }
