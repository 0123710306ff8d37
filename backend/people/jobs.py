"""Imports that outlive their request: the web uploads and starts them, the worker runs them.

    upload -> (preview) -> start -> claimed by a worker -> batches -> done
                             ^------ interrupted <--------- the worker went away

The file lies in the data folder until the import is done. Each batch, its counts and its failed
rows are one transaction, so that an import that is begun again goes on behind the last whole batch
and counts nothing twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson

from backend import clock, db
from backend.errors import Conflict, Invalid, NotFound
from backend.models.imports import ImportState, PeopleImport
from backend.people import columns, workbooks
from backend.people.columns import Fault, Meaning
from backend.people.csv_rows import Source
from backend.people.tables import FileKind, kind_of, open_rows
from backend.people.values import Actor
from backend.words.sentence import Sentence, unpacked

CHUNK_BYTES = 1024 * 1024
MAX_FILE_NAME = 200
FAILED_LOT = 500  # failed rows that are read at a time
# An upload that nobody started is dropped after this, one that is over with its failed rows.
UPLOAD_LIFE = timedelta(days=1)
IMPORT_LIFE = timedelta(days=30)
BEGUN_AGAIN = (ImportState.UPLOADED, ImportState.INTERRUPTED)


def folder_of(data_dir: Path) -> Path:
    """Where the files of imports lie."""
    return data_dir / "imports"


def file_of(folder: Path, import_id: str) -> Path:
    """The import's file, as it is read."""
    return folder / import_id


def upload(actor: Actor, folder: Path, file_name: str, stream: Source) -> PeopleImport:
    """Keep a file for an import and read its header; nothing is imported yet.

    Raises Invalid for a file that cannot be read.
    """
    import_id = clock.new_id()
    path = file_of(folder, import_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        kind = _keep(stream, path)
        with path.open("rb") as file:
            header = open_rows(kind, file).header
        return PeopleImport.create(
            id=import_id,
            org_id=actor.org_id,
            user_id=actor.name,
            file_name=file_name.replace("\0", "")[-MAX_FILE_NAME:] or "people",
            kind=kind,
            size_bytes=path.stat().st_size,
            state=ImportState.UPLOADED,
            header=header,
            mapping=columns.meanings_of(header),
            force_insert=True,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def one(org_id: str, import_id: str) -> PeopleImport:
    """An import of the organisation; raises NotFound for an unknown or a foreign one."""
    found: PeopleImport | None = PeopleImport.get_or_none(id=import_id, org_id=org_id)
    if found is None:
        raise NotFound("problems.no_import")
    return found


def latest(org_id: str, limit: int = 20) -> list[PeopleImport]:
    """The organisation's imports that were started, the newest first."""
    query = (
        PeopleImport.select()
        .where(PeopleImport.org_id == org_id, PeopleImport.state != ImportState.UPLOADED)
        .order_by(PeopleImport.created_at.desc(), PeopleImport.id.desc())
        .limit(limit)
    )
    return list(query)


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row that was not taken: its number, everything that is wrong with it, its cells."""

    row: int
    faults: tuple[Fault, ...]
    cells: tuple[str, ...]


def failed_rows(job: PeopleImport, limit: int | None = None) -> Iterator[FailedRow]:
    """The rows that failed, in their order; no connection is held between two lots of them."""
    last = 0
    left = limit
    while left is None or left > 0:
        lot = FAILED_LOT if left is None else min(left, FAILED_LOT)
        with db.connection():
            rows = db.rows(
                "SELECT row_number, reason, cells FROM people_import_fault"
                " WHERE import_id = %s AND row_number > %s ORDER BY row_number LIMIT %s",
                [job.id, last, lot],
            )
        yield from (
            FailedRow(number, _faults(number, kept), tuple(cells)) for number, kept, cells in rows
        )
        if len(rows) < lot:
            return
        last = rows[-1][0]
        left = None if left is None else left - lot


def _faults(row: int, kept: str) -> tuple[Fault, ...]:
    """What was kept of a row's faults; before they were kept one by one, it was a text."""
    if not kept.startswith("["):
        return (Fault(row, "", Sentence(kept)),)
    return tuple(Fault(row, column, unpacked(reason)) for column, reason in orjson.loads(kept))


def choose(job: PeopleImport, mapping: Sequence[Meaning]) -> None:
    """Set what the columns mean. Raises Invalid for what cannot be, Conflict once it has begun."""
    problem = columns.unusable(job.header, mapping)
    if problem:
        raise Invalid(problem)
    if job.state != ImportState.UPLOADED:
        raise Conflict("problems.import_begun")
    PeopleImport.update(mapping=list(mapping)).where(PeopleImport.id == job.id).execute()


def start(job: PeopleImport) -> None:
    """Mark an uploaded or interrupted import as due; one that is due or running stays so.

    Raises Conflict for one that is over, Invalid while its columns cannot be used.
    """
    state = job.state_at(clock.wall())
    if state in {ImportState.DUE, ImportState.RUNNING}:
        return
    if state not in BEGUN_AGAIN:
        raise Conflict("problems.import_over")
    problem = columns.unusable(job.header, [Meaning(each) for each in job.mapping])
    if problem:
        raise Invalid(problem)
    PeopleImport.update(state=ImportState.DUE, lease="", lease_until=None).where(
        PeopleImport.id == job.id, PeopleImport.state == job.state, PeopleImport.lease == job.lease
    ).execute()


def drop(job: PeopleImport, folder: Path) -> None:
    """Forget an import that is not running, with its file. Raises Conflict for one that is."""
    gone = PeopleImport.delete().where(
        PeopleImport.id == job.id, PeopleImport.state != ImportState.RUNNING
    )
    if job.state_at(clock.wall()) is ImportState.RUNNING or not gone.execute():
        raise Conflict("problems.import_running")
    file_of(folder, job.id).unlink(missing_ok=True)


def tidy(folder: Path) -> int:
    """Forget uploads that nobody started and imports that are long over; how many."""
    now = clock.now()
    old = db.rows(
        "SELECT id FROM people_import WHERE (state = %s AND created_at < %s)"
        " OR (state NOT IN (%s, %s) AND created_at < %s)",
        [
            ImportState.UPLOADED,
            now - UPLOAD_LIFE,
            ImportState.RUNNING,
            ImportState.DUE,
            now - IMPORT_LIFE,
        ],
    )
    for (import_id,) in old:
        PeopleImport.delete().where(PeopleImport.id == import_id).execute()
        file_of(folder, import_id).unlink(missing_ok=True)
    return len(old)


def _keep(stream: Source, path: Path) -> FileKind:
    """Copy the stream to `path`; a workbook becomes the CSV file that is imported."""
    with path.open("wb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            file.write(chunk)
    with path.open("rb") as file:
        kind = kind_of(file.read(64))
    if kind is FileKind.XLSX:
        workbook = path.rename(path.with_suffix(".xlsx"))
        try:
            workbooks.to_csv(workbook, path)
        finally:
            workbook.unlink(missing_ok=True)
    return kind
