"""Import people from a CSV stream: in batches, each in one transaction, idempotent by key.

A row is known by its source and external id; without an external id by its primary address, without
a source within "csv". What a row gives is stored, what it leaves empty stays; its first address
becomes the primary one and other addresses are kept. A file may say that somebody is not to be
tracked, but takes back only what a file has said: a refusal made by the person or by hand stays,
and the row is listed in `notes`.

If the stream breaks off, the batches before it are stored; the same file again goes on from there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from backend import db
from backend.models.org import AuditLog
from backend.people import merging
from backend.people.columns import Columns, Entry, Fault
from backend.people.csv_rows import Source, Table
from backend.people.owners import owners
from backend.people.proof import FILE
from backend.people.values import Actor

BATCH_ROWS = 1_000
MAX_LISTED = 1_000

_Item: TypeAlias = Entry | list[Fault]


@dataclass(slots=True)
class Report:
    """What became of the rows: rows = added + updated + unchanged + failed.

    `errors` are the faults of rows that failed, `notes` what a row said that was not done; of each
    the first `MAX_LISTED` are kept, and `errors_total` and `notes_total` count them all.
    """

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[Fault] = field(default_factory=list)
    errors_total: int = 0
    notes: list[Fault] = field(default_factory=list)
    notes_total: int = 0


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told while an import runs: the rows done so far, and every fault as it is found."""

    progress: Callable[[int], None] = lambda _rows: None
    fault: Callable[[Fault], None] = lambda _fault: None


def import_file(actor: Actor, stream: Source, listener: Listener | None = None) -> Report:
    """Read the whole stream, store its people and tell what became of each row.

    Holds one batch in memory, whatever the size of the file. Raises Invalid, before anything is
    stored, for a file whose header cannot be used.
    """
    told = listener or Listener()
    by_file = replace(actor, how=FILE)
    table = Table(stream)
    with db.connection():
        columns = Columns(table.header, owners(actor.org_id))
    report = Report()
    for batch in _batches(columns.read(row) for row in table.rows()):
        with db.connection():  # given back while the next rows arrive
            _store(by_file, batch, report, told.fault)
        told.progress(report.rows)
    with db.connection():
        _write_audit(by_file, report)
    return report


def _batches(items: Iterator[_Item]) -> Iterator[list[_Item]]:
    while batch := list(islice(items, BATCH_ROWS)):
        yield batch


def _store(actor: Actor, batch: list[_Item], report: Report, tell: Callable[[Fault], None]) -> None:
    entries = [item for item in batch if isinstance(item, Entry)]
    outcome = merging.merge(actor, entries)
    refused = [item for item in batch if isinstance(item, list)]
    faults = [fault for item in refused for fault in item] + outcome.faults
    faults.sort(key=lambda fault: fault.row)
    report.rows += len(batch)
    report.added += outcome.added
    report.updated += outcome.updated
    report.unchanged += outcome.unchanged
    report.failed += len(refused) + len(outcome.faults)
    report.errors_total += len(faults)
    report.notes_total += len(outcome.notes)
    _list(report.errors, faults)
    _list(report.notes, outcome.notes)
    for fault in faults:
        tell(fault)


def _list(listed: list[Fault], more: Iterable[Fault]) -> None:
    listed.extend(islice(more, MAX_LISTED - len(listed)))


def _write_audit(actor: Actor, report: Report) -> None:
    counts = {
        name: getattr(report, name) for name in ("rows", "added", "updated", "unchanged", "failed")
    }
    AuditLog.create(
        org_id=actor.org_id,
        actor=actor.name,
        action="people.import",
        object_type="organization",
        object_id=actor.org_id,
        detail=counts,
    )
