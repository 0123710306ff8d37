"""A person's timeline: one entry for each mail with her, what she did with it folded inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend import db
from backend.insights import cursors, feed, recipients, sent
from backend.insights.people_mail import JOINED, About, messages, visible
from backend.insights.viewer import Viewer

FOLDED = 20  # engagements of one entry; all of them are in the mail's history
NOBODY = "gpc_no_person"  # a reader's browser that asks not to be told apart


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries as the API shows them, newest first; `next` goes into `before`, None at the end.

    `hidden` counts the mails with this person that the viewer may not see.
    """

    items: list[dict[str, Any]]
    next: str | None
    hidden: int


def page(viewer: Viewer, about: About, before: str | None = None, limit: int = 25) -> Timeline:
    """One page of mail with these people that the viewer may see.

    Raises Invalid for a foreign cursor.
    """
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    later, position = ("", [])
    if before is not None:
        later, position = " AND (s.created_at, s.id) < (%s, %s)", [*cursors.decode(before)]
    found = db.rows(
        f"SELECT {sent.COLUMNS}, m.direction, u.id, u.name, u.email FROM {source}{JOINED}"
        f" WHERE {seen}{later} ORDER BY s.created_at DESC, s.id DESC LIMIT %s",
        [*params, *of_viewer, *position, limit + 1],
    )
    shown = found[:limit]
    end = cursors.encode(shown[-1][6], shown[-1][0]) if len(found) > limit else None
    return Timeline(_entries(shown, about), end, _hidden(viewer, about))


def _entries(rows: Sequence[db.Row], about: About) -> list[dict[str, Any]]:
    states = recipients.of_messages([row[9] for row in rows])
    folded = _engagements([row[0] for row in rows], about)
    return [
        sent.summary(row)
        | {
            "type": "mail",
            "direction": row[-4],
            "sender": {"id": row[-3], "name": row[-2], "email": row[-1]},
            "recipients": [each for each in states.get(row[9], []) if _is_about(each, about)],
            "recipients_total": len(states.get(row[9], [])),
            "engagements": folded.get(row[0], [])[:FOLDED],
            "has_more_engagements": len(folded.get(row[0], [])) > FOLDED,
        }
        for row in rows
    ]


def _is_about(recipient: dict[str, Any], about: About) -> bool:
    return recipient["person_id"] in about.person_ids or recipient["address"] in about.addresses


def _engagements(stamp_ids: Sequence[str], about: About) -> dict[str, list[dict[str, Any]]]:
    """What these people did, by stamp, newest first; of each mail one more than is folded."""
    by_stamp: dict[str, list[dict[str, Any]]] = {}
    found = db.rows(
        f"SELECT {feed.COLUMNS} FROM (SELECT e.*, row_number() OVER (PARTITION BY e.stamp_id"
        " ORDER BY e.occurred_at DESC, e.id DESC) AS place FROM engagement e"
        f" JOIN stamp_copy c ON c.id = e.copy_id WHERE e.stamp_id {db.among('uuid')}"
        f" AND (e.person_id {db.among('uuid')}"
        f" OR (e.person_id IS NULL AND c.address {db.among('text')}))) e{feed.JOINS}"
        " WHERE e.place <= %s ORDER BY e.occurred_at DESC, e.id DESC",
        [db.many(stamp_ids), db.many(about.person_ids), db.many(about.addresses), FOLDED + 1],
    )
    for item in feed.items_of(found):
        if NOBODY not in item["reasons"]:
            by_stamp.setdefault(item["stamp"]["id"], []).append(item)
    return by_stamp


def _hidden(viewer: Viewer, about: About) -> int:
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    row = db.one(f"SELECT count(*) FROM {source}{JOINED} WHERE NOT ({seen})", [*params, *of_viewer])
    return int(row[0]) if row else 0
