"""A person's timeline: one entry for each mail with her, what she did with it folded inside.

Meetings stand among the mails where they began; those still to come stand apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import db
from backend.insights import blind, cursors, feed, meetings, recipients, sent
from backend.insights.people_mail import JOINED, About, messages
from backend.insights.viewer import Viewer, visible

WITHHELD = 25  # mails of which only when and who is told
MAX_PEOPLE = 50  # of one of them
FOLDED = 20  # engagements of one entry; all of them are in the mail's history
WHEN = "coalesce(m.sent_at, m.created_at)"
_UNSTAMPED = {
    "state": "untracked",
    "reason": "not_stamped",
    "channel": "mailbox",
    "opens": False,
    "links": False,
    "per_recipient": False,
    "sent_at_source": "provider",
}
NOBODY = "gpc_no_person"  # a reader's browser that asks not to be told apart


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries as the API shows them, newest first; `next` goes into `before`, None at the end.

    `hidden` counts the mails with this person that the viewer may not see; of the newest of them
    `withheld` says when they were and who took part, and nothing else. `coming` are the next
    meetings, on the first page only.
    """

    items: list[dict[str, Any]]
    next: str | None
    hidden: int
    withheld: list[dict[str, Any]]
    coming: list[dict[str, Any]]


def page(viewer: Viewer, about: About, before: str | None = None, limit: int = 25) -> Timeline:
    """One page of mail and meetings with these people that the viewer may see.

    Raises Invalid for a foreign cursor.
    """
    position = cursors.decode(before) if before is not None else None
    found = [
        *_mails(viewer, about, position, limit + 1),
        *meetings.past(viewer, about, position, limit + 1),
    ]
    found.sort(key=lambda each: (each[0], each[1]), reverse=True)
    shown = found[:limit]
    end = cursors.encode(*shown[-1][:2]) if len(found) > limit else None
    hidden = _hidden(viewer, about)
    return Timeline(
        [entry for _, _, entry in shown],
        end,
        hidden,
        _withheld(viewer, about) if hidden else [],
        [] if position else meetings.coming(viewer, about),
    )


def _mails(
    viewer: Viewer, about: About, before: tuple[datetime, str] | None, limit: int
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """The newest mails, each with its place among the entries."""
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    later, position = ("", [])
    if before is not None:
        later, position = f" AND ({WHEN}, m.id) < (%s, %s)", [*before]
    found = db.rows(
        f"SELECT {sent.COLUMNS}, m.direction, u.id, u.name, u.email, m.id, m.sent_at, m.created_at"
        f" FROM {source}{JOINED} WHERE {seen}{later} ORDER BY {WHEN} DESC, m.id DESC LIMIT %s",
        [*params, *of_viewer, *position, limit],
    )
    told = blind.counters([row[-3] for row in found], viewer.user_id)
    return [
        (each[0][-2] or each[0][-1], each[0][-3], _entry(*each, told.get(each[0][-3], {})))
        for each in _with_more(viewer, found, about)
    ]


def _with_more(
    viewer: Viewer, rows: Sequence[db.Row], about: About
) -> list[tuple[db.Row, Any, Any, int]]:
    """Each row with these people's engagements and states, and how many recipients it has.

    Of somebody's several addresses the one stands first of which the most is known.
    """
    states = recipients.of_messages([row[9] for row in rows if row[0]], viewer.user_id)
    folded = _engagements(viewer, [row[0] for row in rows if row[0]], about)
    return [
        (
            row,
            folded.get(row[0], []),
            sorted(
                (each for each in states.get(row[9], []) if _is_about(each, about)),
                key=lambda each: recipients.STRONGEST.index(each["label"]),
            ),
            len(states.get(row[9], [])),
        )
        for row in rows
    ]


def _entry(
    row: db.Row,
    engagements: list[dict[str, Any]],
    states: list[dict[str, Any]],
    total: int,
    told: dict[str, Any],
) -> dict[str, Any]:
    *stamp, direction, user_id, name, email, message_id, sent_at, created_at = row
    is_stamped = stamp[0] is not None
    counters = {name: value for name, value in told.items() if name != "open_confidence"}
    entry = sent.summary(tuple(stamp), counters) | {
        "type": "mail" if is_stamped else "captured",
        "direction": direction,
        "sender": {"id": user_id, "name": name, "email": email},
        "recipients": states,
        "recipients_total": total,
        "engagements": engagements[:FOLDED],
        "has_more_engagements": len(engagements) > FOLDED,
    }
    if not is_stamped:  # nothing was ever measured of it
        entry |= {"id": message_id, "sent_at": sent.shown(sent_at), **_UNSTAMPED}
        entry["created_at"] = sent.shown(created_at)
    return entry


def _is_about(recipient: dict[str, Any], about: About) -> bool:
    return recipient["person_id"] in about.person_ids or recipient["address"] in about.addresses


def _engagements(
    viewer: Viewer, stamp_ids: Sequence[str], about: About
) -> dict[str, list[dict[str, Any]]]:
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
    for item in feed.items_of(found, viewer.user_id):
        if NOBODY not in item["reasons"]:
            by_stamp.setdefault(item["stamp"]["id"], []).append(item)
    return by_stamp


def _withheld(viewer: Viewer, about: About) -> list[dict[str, Any]]:
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    found = db.rows(
        f"SELECT DISTINCT m.id, m.sent_at, m.created_at, {WHEN} FROM {source}{JOINED}"
        f" WHERE m.org_id = %s AND NOT ({seen}) ORDER BY {WHEN} DESC, m.id DESC LIMIT %s",
        [*params, viewer.org_id, *of_viewer, WITHHELD],
    )
    people = _participants([row[0] for row in found])
    return [
        {"at": sent.shown(sent_at or created_at), "participants": people.get(message_id, [])}
        for message_id, sent_at, created_at, _ in found
    ]


def _participants(message_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Who takes part in each mail, as everybody on it knows: without blind copies."""
    by_message: dict[str, list[dict[str, Any]]] = {}
    for message_id, role, address, name in db.rows(
        "SELECT t.message_id, t.role, t.address, coalesce(p.name, t.name) FROM participant t"
        " LEFT JOIN person p ON p.id = t.person_id"
        f" WHERE t.message_id {db.among('uuid')} AND t.role <> 'bcc' ORDER BY t.position",
        [db.many(message_ids)],
    ):
        people = by_message.setdefault(message_id, [])
        if len(people) < MAX_PEOPLE:
            people.append({"role": role, "address": address, "name": name or ""})
    return by_message


def _hidden(viewer: Viewer, about: About) -> int:
    source, params = messages(viewer, about)
    seen, of_viewer = visible(viewer)
    row = db.one(f"SELECT count(*) FROM {source}{JOINED} WHERE NOT ({seen})", [*params, *of_viewer])
    return int(row[0]) if row else 0
