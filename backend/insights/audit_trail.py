"""The audit log as people look at it: filtered, newest first, a page at a time, or all of it."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from backend import db
from backend.models.org import Team, User
from backend.models.people import Account, Person
from backend.people.cells import harmless
from backend.people.values import is_id

PAGE = 100
# The details that speak of somebody or something by id.
NAMED = frozenset({"team_id", "to", "merged_id", "owner", "account"})


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows; an empty filter takes all. `before` is the id of the last row of a page."""

    org_id: str
    action: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act; `object_name` is a user's or a mailbox's address, or a person's name."""

    id: str
    occurred_at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any]
    object_name: str = ""


def page(query: AuditQuery) -> list[AuditRow]:
    """At most PAGE rows, newest first."""
    conditions = ["a.org_id = %s"]
    params: list[Any] = [query.org_id]
    for text, value in (
        ("a.action LIKE %s", f"{query.action}%" if query.action else ""),
        ("coalesce(w.email, a.actor) = %s", query.actor),
        ("a.occurred_at >= %s", query.since),
        ("a.occurred_at < %s", query.until),
        ("a.id < %s", query.before),
    ):
        if value:
            conditions.append(text)
            params.append(value)
    rows = db.rows(
        "SELECT a.id, a.occurred_at, coalesce(w.email, a.actor), a.action, a.object_type,"
        " a.object_id, a.detail, coalesce(u.email, m.address, '') FROM audit_log a"
        # Who changes people or her own access is written down by her id.
        """ LEFT JOIN "user" w ON CAST(w.id AS text) = a.actor"""
        """ LEFT JOIN "user" u ON a.object_type = 'user' AND CAST(u.id AS text) = a.object_id"""
        " LEFT JOIN mailbox m ON a.object_type = 'mailbox' AND CAST(m.id AS text) = a.object_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY a.id DESC LIMIT {PAGE}",
        params,
    )
    return _with_people([AuditRow(*row) for row in rows])


def _with_people(rows: list[AuditRow]) -> list[AuditRow]:
    """The rows, with the name of each person who is still there."""
    asked = {row.object_id for row in rows if row.object_type == "person"}
    people = Person.select(Person.id, Person.name).where(Person.id.in_(asked)) if asked else ()
    names = {each.id: each.name for each in people}
    return [replace(each, object_name=names.get(each.object_id, each.object_name)) for each in rows]


def names_in(rows: Iterable[AuditRow]) -> dict[str, str]:
    """The names of whom and what the rows' details speak of by id, where they are still there."""
    asked = {value for row in rows for value in _ids_in(row.detail)}
    kinds = ((Team, Team.name), (User, User.email), (Person, Person.name), (Account, Account.name))
    return {
        str(each.id): str(getattr(each, name.name))
        for model, name in kinds
        if asked
        for each in model.select(model.id, name).where(model.id.in_(asked))
    }


def _ids_in(detail: Mapping[str, Any]) -> Iterator[str]:
    for name, value in detail.items():
        if name == "before" and isinstance(value, dict):
            yield from _ids_in(value)
        elif name in NAMED and isinstance(value, str) and is_id(value):
            yield value


def actions_of(org_id: str) -> list[str]:
    """The actions that there are, for a filter."""
    found = db.rows("SELECT DISTINCT action FROM audit_log WHERE org_id = %s", [org_id])
    return sorted(action for (action,) in found)


def as_jsonl(query: AuditQuery) -> Iterator[bytes]:
    """Every row as a line of JSON, newest first."""
    for row in _all(query):
        yield orjson.dumps(row) + b"\n"


def as_csv(query: AuditQuery) -> Iterator[bytes]:
    """Every row as CSV; no cell is one that a spreadsheet takes for a formula."""
    yield _line(
        ("occurred_at", "actor", "action", "object_type", "object_id", "object_name", "detail")
    )
    for row in _all(query):
        at = row.occurred_at.isoformat()
        detail = orjson.dumps(row.detail).decode()
        what = (row.object_type, row.object_id, row.object_name)
        yield _line((at, row.actor, row.action, *what, detail))


def _all(query: AuditQuery) -> Iterator[AuditRow]:
    while True:
        with db.connection():
            rows = page(query)
        yield from rows
        if len(rows) < PAGE:
            return
        query = replace(query, before=rows[-1].id)


def _line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(map(harmless, cells))
    return text.getvalue().encode()
