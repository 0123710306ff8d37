"""What is held about a subject as a file: all of it as one JSON object, or one kind as CSV.

In pieces, one for each page of rows; no connection is held between them. That it was taken away,
with how much, is written into the audit log, also where its reader goes away before the end. The
line names nobody: it has the subject's reference, which who knows the address can make.
"""

import codecs
import csv
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from backend import clock, db
from backend.access import audit
from backend.access.audit import Act
from backend.errors import NotFound
from backend.people import cells
from backend.privacy import holdings
from backend.privacy.subjects import Subject

JSON, CSV = "json", "csv"


def as_json(subject: Subject, actor: str) -> Generator[bytes, None, None]:
    """Everything, a list for each kind; the addresses and the time of the copy come first."""
    head = {"address": subject.address, "addresses": subject.addresses, "made_at": clock.now()}
    taken = _Taken(subject)
    return _noted(taken, actor, JSON, _json(taken, orjson.dumps(head)))


def as_csv(subject: Subject, name: str, actor: str) -> Generator[bytes, None, None]:
    """The rows of one kind, in which a spreadsheet runs no formula. Raises NotFound for no kind."""
    if name not in holdings.KINDS:
        raise NotFound("problems.no_kind_held")
    taken = _Taken(subject)
    return _noted(taken, actor, CSV, _csv(taken, name))


@dataclass(slots=True)
class _Taken:
    """How many rows of the subject's were given out so far."""

    subject: Subject
    rows: int = 0

    def pages(self, name: str) -> Iterator[list[dict[str, Any]]]:
        after: str | None = None
        while True:
            with db.connection():
                found = holdings.page(self.subject, name, after)
            self.rows += len(found.rows)
            yield found.rows
            if found.next is None:
                return
            after = found.next


def _json(taken: _Taken, head: bytes) -> Iterator[bytes]:
    yield head[:-1]
    for name in holdings.KINDS:
        before = f',\n"{name}": [\n'.encode()
        is_empty = True
        for rows in taken.pages(name):
            if rows:
                yield before + b",\n".join(map(orjson.dumps, rows))
                before, is_empty = b",\n", False
        yield before + b"]" if is_empty else b"]"
    yield b"}\n"


def _csv(taken: _Taken, name: str) -> Iterator[bytes]:
    # With the mark in front Excel takes the file for UTF-8.
    yield codecs.BOM_UTF8 + _lines([list(holdings.KINDS[name].columns)])
    for rows in taken.pages(name):
        yield _lines([list(map(_cell, row.values())) for row in rows])


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return cells.harmless(value)
        case datetime():
            return value.isoformat()
    return cells.harmless(db.dumps(value))


def _noted(
    taken: _Taken, actor: str, kind: str, pieces: Iterator[bytes]
) -> Generator[bytes, None, None]:
    subject = taken.subject
    try:
        yield from pieces
    finally:
        with db.connection():
            act = Act("privacy.copied", "subject", subject.reference)
            detail = {"reference": subject.reference, "as": kind, "rows": taken.rows}
            audit.note(subject.org_id, actor, act, detail)
