"""The Feed: engagements of one user's mail, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend import clock, db
from backend.insights import cursors
from backend.insights.viewer import Viewer

FEED_DAYS = 30  # product.md R38, C6: the default view; the rest is in each message's history
MAX_ITEMS = 200

COLUMNS = (
    "e.id, e.kind, e.verdict, e.is_counted, e.confidence, e.reasons, e.hints, e.occurred_at,"
    " e.last_at, e.repeats, e.client, e.device, e.client_label, e.country,"
    " e.person_id, p.name, e.stamp_id, m.subject, e.link_id, l.url, l.text, l.position, e.copy_id,"
    " s.message_id"
)
WORD_OF_KIND = {
    "unsubscribe": "unsubscribed",
    "reply": "replied",
    "bounce": "bounced_for_good",
}
JOINS = (
    " JOIN stamp s ON s.id = e.stamp_id JOIN email_message m ON m.id = s.message_id"
    " LEFT JOIN person p ON p.id = e.person_id LEFT JOIN tracked_link l ON l.id = e.link_id"
)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What to show; `before` and `after` are cursors; automatic is what is not counted."""

    kind: str | None = None
    person: str | None = None
    stamp: str | None = None
    include_automatic: bool = False
    before: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Items as the API shows them, newest first; `next` goes into `before`, None at the end."""

    items: list[dict[str, Any]]
    next: str | None


def version(viewer: Viewer) -> int:
    """A number that changes whenever something in this user's Feed does."""
    row = db.one('SELECT feed_version FROM "user" WHERE id = %s', [viewer.user_id])
    return int(row[0]) if row else 0


def page(viewer: Viewer, query: FeedQuery) -> FeedPage:
    """One page of the viewer's own Feed, 30 days back. Raises Invalid for a foreign cursor."""
    order = "ASC" if query.after and not query.before else "DESC"
    sql, params = _found(viewer, query, order)
    found = db.rows(
        f"SELECT {COLUMNS} FROM ({sql}) f"
        " JOIN engagement e ON e.id = f.id AND e.occurred_at = f.occurred_at"
        f"{JOINS} ORDER BY e.occurred_at {order}, e.id {order} LIMIT %s",
        [*params, query.limit + 1],
    )
    shown = found[: query.limit]
    if order == "ASC":
        shown.reverse()
    has_more = len(found) > query.limit and order == "DESC"
    end = cursors.encode(shown[-1][7], shown[-1][0]) if has_more else None
    return FeedPage(items_of(shown), end)


def _found(viewer: Viewer, query: FeedQuery, order: str) -> tuple[str, list[Any]]:
    """SQL for the ids and times of at least one page.

    With automatic ones it is two walks through the one index (user, counted, time), each no longer
    than a page, however many engagements there are.
    """
    where, params = _conditions(viewer, query)
    walks = (True, False) if query.include_automatic else (True,)
    sql = " UNION ALL ".join(
        "SELECT * FROM (SELECT e.id, e.occurred_at FROM engagement e"
        f" WHERE {' AND '.join(where)} AND e.is_counted = %s"
        f" ORDER BY e.occurred_at {order}, e.id {order} LIMIT %s) walk_{number}"
        for number, _ in enumerate(walks)
    )
    return sql, [one for walk in walks for one in (*params, walk, query.limit + 1)]


def items_of(found: Sequence[db.Row]) -> list[dict[str, Any]]:
    """Rows of COLUMNS as Feed items, with the recipients that each could be about."""
    recipients = _recipients({row[23] for row in found})
    return [_item(row, recipients.get(row[23], [])) for row in found]


def _conditions(viewer: Viewer, query: FeedQuery) -> tuple[list[str], list[Any]]:
    where = ["e.user_id = %s", "e.occurred_at >= %s"]
    params: list[Any] = [viewer.user_id, clock.now() - timedelta(days=FEED_DAYS)]
    for column, value in (("kind", query.kind), ("person_id", query.person)):
        if value is not None:
            where.append(f"e.{column} = %s")
            params.append(value)
    if query.stamp is not None:
        where.append("e.stamp_id = %s")
        params.append(query.stamp)
    for cursor, sign in ((query.before, "<"), (query.after, ">")):
        if cursor is not None:
            where.append(f"(e.occurred_at, e.id) {sign} (%s, %s)")
            params.extend(cursors.decode(cursor))
    return where, params


def _recipients(message_ids: set[str]) -> dict[str, list[dict[str, Any]]]:
    by_message: dict[str, list[dict[str, Any]]] = {}
    for message_id, address, name, person_id, person_name in db.rows(
        "SELECT t.message_id, t.address, t.name, t.person_id, p.name FROM participant t"
        " LEFT JOIN person p ON p.id = t.person_id"
        f" WHERE t.message_id {db.among('uuid')} AND t.role <> 'from' ORDER BY t.position",
        [db.many(message_ids)],
    ):
        by_message.setdefault(message_id, []).append(
            {"address": address, "name": person_name or name or "", "person_id": person_id}
        )
    return by_message


def _item(row: db.Row, recipients: list[dict[str, Any]]) -> dict[str, Any]:
    link = row[18] and {"id": row[18], "url": row[19], "text": row[20], "position": row[21]}
    return {
        "id": row[0],
        "kind": row[1],
        "verdict": row[2],
        "counted": row[3],
        "confidence": round(row[4], 2),
        "reasons": row[5],
        "hints": row[6] or [],
        "label": label(row[1], row[2], counted=row[3], confidence=row[4], reasons=row[5]),
        "occurred_at": _shown(row[7]),
        "last_at": _shown(row[8]),
        "repeats": row[9],
        "client": row[10],
        "device": row[11],
        "client_label": row[12],
        "country": row[13],
        "person": row[14] and {"id": row[14], "name": row[15]},
        "recipients": recipients,
        "stamp": {"id": row[16], "subject": row[17]},
        "link": link,
    }


def label(kind: str, verdict: str, *, counted: bool, confidence: float, reasons: list[str]) -> str:
    """The state word's key in the words catalogue (product.md, "State words")."""
    if "send_not_confirmed" in reasons:
        return "send_not_confirmed"
    if verdict == "self":
        return "you_opened" if kind == "open" else "you_clicked"
    if kind in WORD_OF_KIND:
        return WORD_OF_KIND[kind]
    if not counted:
        return "loaded_automatically" if kind == "open" else "clicked_automatically"
    if kind == "click":
        return "clicked"
    return "likely_opened" if round(confidence, 2) >= 0.8 else "possibly_opened"


def _shown(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
