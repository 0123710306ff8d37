"""Every mail a user sent through Telltale, tracked or not, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import db
from backend.insights import blind, cursors, recipients, search_sent
from backend.insights.viewer import Viewer

COLUMNS = (
    "s.id, s.state, s.reason, s.channel, s.opens, s.links, s.created_at, s.sent_at,"
    " s.sent_at_source, s.message_id, m.subject, m.internet_message_id, m.is_opened,"
    " m.is_open_inferred, m.first_opened_at, m.last_opened_at, m.open_count, m.opens_total,"
    " m.click_count, m.is_bounced, m.replied_at, s.is_per_recipient, s.is_aggregate"
)
FROM = " FROM stamp s JOIN email_message m ON m.id = s.message_id"


@dataclass(frozen=True, slots=True)
class SentQuery:
    """What to show; `q` finds by the beginnings of words of subjects and recipients."""

    state: str | None = None
    person: str | None = None
    q: str | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class SentPage:
    """Mails as the API shows them; `next` goes into `before`, None at the end."""

    items: list[dict[str, Any]]
    next: str | None


def page(viewer: Viewer, query: SentQuery) -> SentPage:
    """One page of the viewer's own mail. Raises Invalid for a foreign cursor."""
    where, params = _conditions(viewer, query)
    found = db.rows(
        f"SELECT {COLUMNS}{FROM} WHERE {' AND '.join(where)}"
        " ORDER BY s.created_at DESC, s.id DESC LIMIT %s",
        [*params, query.limit + 1],
    )
    shown = found[: query.limit]
    end = cursors.encode(shown[-1][6], shown[-1][0]) if len(found) > query.limit else None
    return SentPage(_with_recipients(shown), end)


def one(stamp_id: str, viewer_id: str | None = None) -> dict[str, Any]:
    """One mail with each recipient's state; whether it may be seen is for the caller to check."""
    (row,) = db.rows(f"SELECT {COLUMNS}{FROM} WHERE s.id = %s", [stamp_id])
    return _with_recipients([row], viewer_id)[0]


def _with_recipients(rows: Sequence[db.Row], viewer_id: str | None = None) -> list[dict[str, Any]]:
    messages = [row[9] for row in rows]
    states = recipients.of_messages(messages, viewer_id)
    confidence = recipients.open_confidence(messages)
    told = blind.counters(messages, viewer_id)
    return [
        summary(row, {"open_confidence": confidence.get(row[9])} | told.get(row[9], {}))
        | {"recipients": states.get(row[9], [])}
        for row in rows
    ]


def summary(row: db.Row, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A row of COLUMNS as the API shows it; `told` takes the place of counters, or is added."""
    found = {
        "id": row[0],
        "state": row[1],
        "reason": row[2],
        "channel": row[3],
        "opens": row[4],
        "links": row[5],
        "created_at": shown(row[6]),
        "sent_at": shown(row[7]),
        "sent_at_source": row[8],
        "subject": row[10],
        "internet_message_id": row[11],
        "is_opened": row[12],
        "is_open_inferred": row[13],
        "first_opened_at": shown(row[14]),
        "last_opened_at": shown(row[15]),
        "open_count": row[16],
        "opens_total": row[17],
        "click_count": row[18],
        "is_bounced": row[19],
        "replied_at": shown(row[20]),
        "per_recipient": row[21],
    }
    for name, value in (told or {}).items():
        found[name] = shown(value) if isinstance(value, datetime) else value
    return found


def shown(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, or None."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def _conditions(viewer: Viewer, query: SentQuery) -> tuple[list[str], list[Any]]:
    where, params = ["s.user_id = %s"], list[Any]([viewer.user_id])
    if query.q:
        where[0], params = search_sent.condition(viewer.user_id, query.q)
    if query.state is not None:
        where.append("s.state = %s")
        params.append(query.state)
    if query.person is not None:
        where.append(
            "EXISTS (SELECT 1 FROM participant t WHERE t.message_id = m.id AND t.person_id = %s)"
        )
        params.append(query.person)
    if query.before is not None:
        where.append("(s.created_at, s.id) < (%s, %s)")
        params.extend(cursors.decode(query.before))
    return where, params
