"""Import people from a file: in batches, each in one transaction, idempotent by key.

A row is known by its source and external id; without an external id by its primary address, without
a source within "csv". What a row gives is stored, what it leaves empty stays; its first address
becomes the primary one and other addresses are kept. A file may say that somebody is not to be
tracked, but takes back only what a file has said: a refusal made by the person or by hand stays,
and the row is listed in `notes`.

If the stream breaks off, the batches before it are stored; the same file again goes on from there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from backend import db
from backend.models.org import AuditLog
from backend.people import batches
from backend.people.columns import Columns, Entry, Fault, Meaning
from backend.people.csv_rows import Row, Source
from backend.people.owners import owners
from backend.people.proof import FILE
from backend.people.tables import FileKind, Rows, open_rows
from backend.people.values import Actor

BATCH_ROWS = 1_000
MAX_LISTED = 1_000

_Item: TypeAlias = tuple[Row, Entry | list[Fault]]


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
class Failed:
    """A row that was not taken, as the file has it, and everything that is wrong with it."""

    row: Row
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told while an import runs: the rows done so far, and every fault as it is found.

    `stored` is called within the transaction of each batch, so that what it writes stands or falls
    with the batch's people.
    """

    progress: Callable[[int], None] = lambda _rows: None
    fault: Callable[[Fault], None] = lambda _fault: None
    stored: Callable[[Report, Sequence[Failed]], None] = lambda _report, _failed: None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read: what each column means, and a report to go on from."""

    kind: FileKind = FileKind.CSV
    meanings: Sequence[Meaning] | None = None
    done: Report = field(default_factory=Report)


def import_file(
    actor: Actor, stream: Source, listener: Listener | None = None, plan: Plan | None = None
) -> Report:
    """Read the whole stream, store its people and tell what became of each row.

    Holds one batch in memory, whatever the size of the file. Raises Invalid, before anything is
    stored, for a file whose header cannot be used.
    """
    told, chosen = listener or Listener(), plan or Plan()
    by_file = replace(actor, how=FILE)
    table = open_rows(chosen.kind, stream)
    with db.connection():
        columns = Columns(table.header, owners(actor.org_id), chosen.meanings)
    report = chosen.done
    for batch in _batches(_items(table, columns, report.rows)):
        with db.connection():  # given back while the next rows arrive
            _store(by_file, batch, report, told)
        told.progress(report.rows)
    with db.connection():
        _write_audit(by_file, report)
    return report


def _items(table: Rows, columns: Columns, done: int) -> Iterator[_Item]:
    return ((row, columns.read(row)) for row in islice(table.rows(), done, None))


def _batches(items: Iterator[_Item]) -> Iterator[list[_Item]]:
    while batch := list(islice(items, BATCH_ROWS)):
        yield batch


def _store(actor: Actor, batch: list[_Item], report: Report, told: Listener) -> None:
    with db.transaction():
        outcome = batches.merge(actor, [item for _, item in batch if isinstance(item, Entry)])
        failed = _failed(batch, outcome.faults)
        _count(report, len(batch), outcome, failed)
        told.stored(report, failed)
    for each in failed:
        for fault in each.faults:
            told.fault(fault)


def _failed(batch: list[_Item], late: Iterable[Fault]) -> list[Failed]:
    by_row = {fault.row: (fault,) for fault in late}
    found = [
        Failed(row, tuple(item) if isinstance(item, list) else by_row.get(row.number, ()))
        for row, item in batch
    ]
    return [each for each in found if each.faults]


def _count(report: Report, rows: int, outcome: batches.Outcome, failed: Sequence[Failed]) -> None:
    faults = [fault for each in failed for fault in each.faults]
    report.rows += rows
    report.added += outcome.added
    report.updated += outcome.updated
    report.unchanged += outcome.unchanged
    report.failed += len(failed)
    report.errors_total += len(faults)
    report.notes_total += len(outcome.notes)
    _list(report.errors, faults)
    _list(report.notes, outcome.notes)


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
