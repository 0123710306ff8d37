"""Meetings with people, as their timelines show them: those that were, and the next to come.

Who sees one is said by the calendars that hold it, as for mail; its title is told only by those of
them that the viewer sees, and by none that calls it private.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend import clock, db
from backend.insights import sent
from backend.insights.people_mail import About
from backend.insights.viewer import Viewer, shared

COMING = 3  # of a series alone there may be half a year's
MAX_PEOPLE = 50  # of one meeting
_COLUMNS = "e.id, e.kind, e.starts_at, e.ends_at, e.is_all_day, e.is_cancelled"


def past(
    viewer: Viewer, about: About, before: tuple[datetime, str] | None, limit: int
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """Meetings that have begun, newest first, each with its place among a timeline's entries."""
    later, position = "", []
    if before is not None:
        later, position = " AND (e.starts_at, e.id) < (%s, %s)", [*before]
    return _found(
        viewer,
        about,
        f" AND e.starts_at <= %s{later} ORDER BY e.starts_at DESC, e.id DESC LIMIT %s",
        [clock.now(), *position, limit],
    )


def coming(viewer: Viewer, about: About) -> list[dict[str, Any]]:
    """The next meetings that are still on, the last of them first."""
    found = _found(
        viewer,
        about,
        " AND e.starts_at > %s AND NOT e.is_cancelled ORDER BY e.starts_at, e.id LIMIT %s",
        [clock.now(), COMING],
    )
    return [entry for _, _, entry in reversed(found)]


def held(viewer: Viewer, about: About, since: datetime) -> int | None:
    """How many have begun since then and were not cancelled; None without any calendar."""
    sql = "SELECT 1 FROM sync_stream WHERE org_id = %s AND kind = 'calendar' LIMIT 1"
    if db.one(sql, [viewer.org_id]) is None:
        return None
    source, params = _source(viewer, about)
    row = db.one(
        f"SELECT count(*) FROM {source} AND e.starts_at > %s AND e.starts_at <= %s"
        " AND NOT e.is_cancelled",
        [*params, since, clock.now()],
    )
    return int(row[0]) if row else 0


def _found(
    viewer: Viewer, about: About, further: str, more: list[Any]
) -> list[tuple[datetime, str, dict[str, Any]]]:
    source, params = _source(viewer, about)
    rows = db.rows(f"SELECT {_COLUMNS} FROM {source}{further}", [*params, *more])
    ids = [row[0] for row in rows]
    titles, people = _titles(viewer, ids), _attendees(ids)
    return [(row[2], row[0], _entry(row, titles, people)) for row in rows]


def _source(viewer: Viewer, about: About) -> tuple[str, list[Any]]:
    """SQL for meetings e with these people that the viewer may see."""
    copies, of_viewer = _copies(viewer)
    return (
        f"(SELECT event_id FROM attendee WHERE person_id {db.among('uuid')}"
        " UNION SELECT event_id FROM attendee WHERE org_id = %s"
        f" AND address {db.among('text')} AND person_id IS NULL) w"
        " JOIN calendar_event e ON e.id = w.event_id"
        f" WHERE e.org_id = %s AND EXISTS (SELECT 1 {copies} AND c.event_id = e.id)",
        [
            db.many(about.person_ids),
            viewer.org_id,
            db.many(about.addresses),
            viewer.org_id,
            *of_viewer,
        ],
    )


def _copies(viewer: Viewer) -> tuple[str, list[Any]]:
    seen, params = shared(viewer, "b.user_id", "h.team_id", "c.visibility")
    return (
        "FROM calendar_copy c JOIN mailbox b ON b.id = c.mailbox_id"
        f' JOIN "user" h ON h.id = b.user_id WHERE {seen}',
        params,
    )


def _titles(viewer: Viewer, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """By meeting: its title, and whether every calendar that the viewer sees calls it private."""
    copies, params = _copies(viewer)
    found: dict[str, tuple[str, bool]] = {}
    for event_id, subject, is_private in db.rows(
        f"SELECT c.event_id, c.subject, c.is_private {copies} AND c.event_id {db.among('uuid')}",
        [*params, db.many(ids)],
    ):
        title, was_private = found.get(event_id, ("", True))
        found[event_id] = (title or subject, was_private and is_private)
    return found


def _attendees(ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for event_id, part, address, name, answer in db.rows(
        "SELECT a.event_id, a.part, a.address, coalesce(p.name, a.name), a.answer FROM attendee a"
        f" LEFT JOIN person p ON p.id = a.person_id WHERE a.event_id {db.among('uuid')}"
        " ORDER BY a.part <> 'organizer', a.address",
        [db.many(ids)],
    ):
        who = {"part": part, "address": address, "name": name or "", "answer": answer}
        found.setdefault(event_id, []).append(who)
    return found


def _entry(
    row: db.Row,
    titles: dict[str, tuple[str, bool]],
    people: dict[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    event_id, kind, starts_at, ends_at, is_all_day, is_cancelled = row
    subject, is_private = titles.get(event_id, ("", True))
    everyone = people.get(event_id, [])
    return {
        "type": "meeting",
        "id": event_id,
        "subject": subject,
        "is_private": is_private,
        "starts_at": sent.shown(starts_at),
        "ends_at": sent.shown(ends_at),
        "is_all_day": is_all_day,
        "is_cancelled": is_cancelled,
        "is_series": kind != "single",
        "attendees": everyone[:MAX_PEOPLE],
        "attendees_total": len(everyone),
    }
