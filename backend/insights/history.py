"""The history of one message: its summary, recipients, links and every engagement."""

from datetime import timedelta
from typing import Any

from backend import clock, db
from backend.insights import blind, cursors, feed, sent
from backend.insights.viewer import Viewer, visible_stamp

HISTORY_DAYS = 90  # requirement R38: the default view; `days=None` gives everything
PAGE_SIZE = 100


def of(
    viewer: Viewer, stamp_id: str, days: int | None = HISTORY_DAYS, before: str | None = None
) -> dict[str, Any]:
    """Everything known of one mail, engagements newest first and paged by `before`.

    Raises NotFound for a mail the viewer may not see, Invalid for a foreign cursor.
    """
    stamp = visible_stamp(viewer, stamp_id)
    where = ["e.stamp_id = %s"]
    if stamp.user_id != viewer.user_id:
        where.append(blind.NOT_BLIND)
    params: list[Any] = [stamp_id]
    if days is not None:
        where.append("e.occurred_at >= %s")
        params.append(clock.now() - timedelta(days=days))
    if before is not None:
        where.append("(e.occurred_at, e.id) < (%s, %s)")
        params.extend(cursors.decode(before))
    found = db.rows(
        f"SELECT {feed.COLUMNS} FROM engagement e{feed.JOINS} WHERE {' AND '.join(where)}"
        " ORDER BY e.occurred_at DESC, e.id DESC LIMIT %s",
        [*params, PAGE_SIZE + 1],
    )
    rows = found[:PAGE_SIZE]
    summary = sent.one(stamp_id, viewer.user_id)
    return {
        "stamp": summary,
        "recipients": summary["recipients"],
        "links": links(viewer, stamp_id),
        "items": feed.items_of(rows, viewer.user_id),
        "next": cursors.encode(rows[-1][7], rows[-1][0]) if len(found) > PAGE_SIZE else None,
    }


def links(viewer: Viewer, stamp_id: str) -> list[dict[str, Any]]:
    """The mail's links in their order, over all copies, with the clicks of people and machines.

    Those of blind copies count for the sender alone.
    """
    return [
        {
            "position": position,
            "url": url,
            "text": text,
            "click_count": int(clicks or 0),
            "automatic_count": int(checks or 0),
        }
        for position, url, text, clicks, checks in db.rows(
            "SELECT l.position, l.url, min(l.text),"
            " sum(CASE WHEN e.is_counted THEN 1 ELSE 0 END),"
            " sum(CASE WHEN e.is_counted THEN 0 WHEN e.id IS NULL OR e.verdict = 'self' THEN 0"
            " ELSE 1 END) FROM tracked_link l JOIN stamp s ON s.id = l.stamp_id"
            " LEFT JOIN engagement e ON e.stamp_id = l.stamp_id AND e.link_id = l.id"
            f" AND (s.user_id = %s OR {blind.NOT_BLIND})"
            " WHERE l.stamp_id = %s GROUP BY l.position, l.url ORDER BY l.position, l.url",
            [viewer.user_id, stamp_id],
        )
    ]
