"""The Feed: engagements of one user's mail, newest first, and which of them are new to her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from backend import clock, db
from backend.insights import cursors
from backend.insights.sent import shown
from backend.insights.telling import open_word
from backend.insights.viewer import Viewer

FEED_DAYS = 30  # requirement R38: the default view; the rest is in each message's history
MANY = 100  # a badge says "99+"; counting on would cost more than it tells
LATE = timedelta(days=1)
NOBODY = "00000000-0000-0000-0000-000000000000"

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
    "complaint": "complained",
    "receipt": "receipt_displayed",
    "opt_out": "unsubscribed",
}
WORD_OF_REASON = frozenset({"bounced_for_now", "receipt_deleted"})
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
    """Items as the API shows them, newest first.

    `next` goes into `before`, None at the end; `newest` into `after`, None without items.
    """

    items: list[dict[str, Any]]
    next: str | None
    newest: str | None


class Marks(NamedTuple):
    """What changes whenever something in a user's Feed does, also a name or what is unread."""

    version: int
    people_version: int
    seen_id: str | None


def marks(viewer: Viewer) -> Marks:
    """The marks of the viewer's Feed."""
    row = db.one(
        'SELECT u.feed_version, o.people_version, u.feed_seen_id FROM "user" u'
        " JOIN organization o ON o.id = u.org_id WHERE u.id = %s",
        [viewer.user_id],
    )
    return Marks(*row) if row else Marks(0, 0, None)


def unread(viewer: Viewer, seen_id: str | None) -> int:
    """How many counted engagements came after the last one seen, at most `MANY`.

    One that happened more than `LATE` before what was seen last is not looked for: an index in the
    order of time ends the walk there.
    """
    earliest = clock.now() - timedelta(days=FEED_DAYS)
    if seen_id:
        earliest = max(earliest, clock.id_time(seen_id) - LATE)
    (found,) = db.one(
        "SELECT count(*) FROM (SELECT 1 FROM engagement WHERE user_id = %s AND is_counted = %s"
        " AND occurred_at >= %s AND id > %s LIMIT %s) k",
        [viewer.user_id, True, earliest, seen_id or NOBODY, MANY],
    ) or (0,)
    return int(found)


def page(viewer: Viewer, query: FeedQuery, seen_id: str | None = None) -> FeedPage:
    """One page of the viewer's own Feed, 30 days back. Raises Invalid for a foreign cursor."""
    order = "ASC" if query.after and not query.before else "DESC"
    sql, params = _found(viewer, query, order)
    found = db.rows(
        f"SELECT {COLUMNS} FROM ({sql}) f"
        " JOIN engagement e ON e.id = f.id AND e.occurred_at = f.occurred_at"
        f"{JOINS} ORDER BY e.occurred_at {order}, e.id {order} LIMIT %s",
        [*params, query.limit + 1],
    )
    rows = found[: query.limit]
    if order == "ASC":
        rows.reverse()
    has_more = len(found) > query.limit and order == "DESC"
    items = items_of(rows)
    for item in items:
        item["unread"] = item["counted"] and item["id"] > (seen_id or NOBODY)
    return FeedPage(
        items,
        cursors.encode(rows[-1][7], rows[-1][0]) if has_more else None,
        cursors.encode(rows[0][7], rows[0][0]) if rows else None,
    )


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


def items_of(found: Sequence[db.Row], viewer_id: str | None = None) -> list[dict[str, Any]]:
    """Rows of COLUMNS as Feed items, with the recipients that each could be about.

    For a viewer, who got a blind copy is told of her own mail alone.
    """
    recipients = _recipients({row[23] for row in found}, viewer_id)
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


def _recipients(message_ids: set[str], viewer_id: str | None) -> dict[str, list[dict[str, Any]]]:
    by_message: dict[str, list[dict[str, Any]]] = {}
    for message_id, address, name, person_id, person_name, role, owner_id in db.rows(
        "SELECT t.message_id, t.address, t.name, t.person_id, p.name, t.role, m.user_id"
        " FROM participant t JOIN email_message m ON m.id = t.message_id"
        " LEFT JOIN person p ON p.id = t.person_id"
        f" WHERE t.message_id {db.among('uuid')} AND t.role <> 'from' ORDER BY t.position",
        [db.many(message_ids)],
    ):
        if role == "bcc" and viewer_id not in {None, owner_id}:
            continue
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
        "occurred_at": shown(row[7]),
        "last_at": shown(row[8]),
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
    """The state word's key in the words catalogue (docs/rep.md, What the words mean)."""
    if "send_not_confirmed" in reasons:
        return "send_not_confirmed"
    if verdict == "self":
        return "you_opened" if kind == "open" else "you_clicked"
    if kind in WORD_OF_KIND:
        return next((each for each in reasons if each in WORD_OF_REASON), WORD_OF_KIND[kind])
    if not counted:
        return "loaded_automatically" if kind == "open" else "clicked_automatically"
    if kind == "click":
        return "clicked"
    return open_word(round(confidence, 2))
