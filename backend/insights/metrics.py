"""Figures about mail with a person or an account, each with the number it rests on.

What is not captured yet (mail received, meetings) is None, never 0.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from backend import clock, db
from backend.insights import recipients
from backend.insights.people_mail import JOINED, About, messages, visible
from backend.insights.viewer import Viewer

WINDOW = timedelta(days=30)  # product.md R54: "Last 30 Days Activities"
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
        f"SELECT s.message_id, s.sent_at FROM {source}{JOINED}"
        f" WHERE {seen} AND s.sent_at >= %s AND m.direction = 'sent' ORDER BY s.sent_at DESC",
        [*params, *of_viewer, now - WINDOW],
    )
    last = db.one(
        f"SELECT max(s.sent_at), count(s.sent_at) FROM {source}{JOINED}"
        f" WHERE {seen} AND m.direction = 'sent'",
        [*params, *of_viewer],
    )
    return {
        "as_of": now,
        "last_sent_at": db.as_time(last[0]) if last else None,
        "last_received_at": None,
        "sent_total": last[1] if last else 0,
        "last_30_days": {
            "sent": len(sent),
            **_measured([message_id for message_id, _ in sent[:MAX_MAILS]], about),
            "received": None,
            "meetings": None,
        },
    }


def _measured(message_ids: Sequence[str], about: About) -> dict[str, int]:
    engaged = recipients.engaged_addresses(message_ids)
    found = [
        (each["state"], engaged.get((message_id, each["address"]), {}))
        for message_id, several in recipients.of_messages(message_ids).items()
        for each in several
        if each["person_id"] in about.person_ids or each["address"] in about.addresses
    ]
    return {
        "measurable": sum(state != recipients.RecipientState.NOT_MEASURABLE for state, _ in found),
        "opened": sum(state == recipients.RecipientState.OPENED for state, _ in found),
        "clicked": sum("click" in kinds for _, kinds in found),
    }
