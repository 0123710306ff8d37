"""The audit log as people look at it: filtered, newest first, a page at a time, or all of it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from backend import db

PAGE = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    """One act."""

    id: str
    occurred_at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any]

    @property
    def told(self) -> str:
        """The details on one line."""
        return ", ".join(f"{name}: {value}" for name, value in self.detail.items())


def page(query: AuditQuery) -> list[AuditRow]:
    """At most PAGE rows, newest first."""
    conditions, params = ["org_id = %s"], [query.org_id]
    for text, value in (
        ("action LIKE %s", f"{query.action}%" if query.action else ""),
        ("actor = %s", query.actor),
        ("occurred_at >= %s", query.since),
        ("occurred_at < %s", query.until),
        ("id < %s", query.before),
    ):
        if value:
            conditions.append(text)
            params.append(value)  # type: ignore[arg-type]  # times go to the driver as they are
    rows = db.rows(
        "SELECT id, occurred_at, actor, action, object_type, object_id, detail FROM audit_log"
        f" WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT {PAGE}",
        params,
    )
    return [AuditRow(*row) for row in rows]


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
    yield _line(("occurred_at", "actor", "action", "object_type", "object_id", "detail"))
    for row in _all(query):
        at = row.occurred_at.isoformat()
        detail = orjson.dumps(row.detail).decode()
        yield _line((at, row.actor, row.action, row.object_type, row.object_id, detail))


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
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(
        [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    )
    return text.getvalue().encode()
