"""Running imports: a worker takes what is due, one at a time, and says how far it is.

A lease tells whose an import is. Whoever finds, with a batch in hand, that the lease is another's
drops the batch: so two runners never store the same rows twice, and a runner that was taken for
dead does no harm when it wakes.
"""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event

from backend import clock, db
from backend.errors import TelltaleError
from backend.mail.addresses import normalise
from backend.models.erasures import erased_among
from backend.models.imports import ImportState, PeopleImport
from backend.people import jobs
from backend.people.columns import Fault, Meaning
from backend.people.csv_rows import Source
from backend.people.importing import Failed, Listener, Plan, Report, import_file
from backend.people.tables import FileKind
from backend.people.values import Actor
from backend.words.sentence import Sentence, dumped

LEASE = timedelta(minutes=2)
WAIT_S = 0.5

_BETWEEN_ADDRESSES = re.compile(r"[\s,;<>\"']+")

log = logging.getLogger(__name__)


class _Stopping(Exception):
    """The worker ends; the import is left to the next one."""


class _Lost(Exception):
    """The import is somebody else's now."""


def run_all(folder: Path, stop: Event) -> None:
    """Run what is due until `stop`; between two looks it waits `WAIT_S`.

    While the database is away it tries again; the import it was at counts as interrupted then.
    """
    while not stop.is_set():
        try:
            has_run = run_next(folder, stop)
        except db.AWAY as error:
            log.warning("imports wait for the database", extra={"kind": type(error).__name__})
            has_run = False
        if not has_run:
            stop.wait(WAIT_S)


def run_next(folder: Path, stop: Event) -> bool:
    """Run one import that is due, if there is one; whether there was."""
    with db.connection():
        note_interrupted()
        job = claim()
    if job is None:
        return False
    run(job, folder, stop)
    return True


def note_interrupted() -> int:
    """Write down which imports have lost their runner; how many."""
    return db.execute(
        "UPDATE people_import SET state = %s WHERE state = %s AND lease_until < %s",
        [ImportState.INTERRUPTED, ImportState.RUNNING, clock.wall()],
    )


def claim() -> PeopleImport | None:
    """The import that has been due longest, now leased to the caller; None if there is none."""
    row = db.one(
        "SELECT id FROM people_import WHERE state = %s ORDER BY created_at, id LIMIT 1",
        [ImportState.DUE],
    )
    if row is None:
        return None
    now = clock.now()
    taken = db.execute(
        "UPDATE people_import SET state = %s, lease = %s, lease_until = %s,"
        " started_at = coalesce(started_at, %s) WHERE id = %s AND state = %s",
        [ImportState.RUNNING, clock.new_id(), clock.wall() + LEASE, now, row[0], ImportState.DUE],
    )
    found: PeopleImport | None = PeopleImport.get_or_none(id=row[0])
    return found if taken else None


def run(job: PeopleImport, folder: Path, stop: Event) -> None:
    """Import the rest of a claimed import's file and write down how it ended."""
    try:
        with jobs.file_of(folder, job.id).open("rb") as file:
            _Run(job, file, stop).through()
        state, reason = ImportState.DONE, ""
    except _Stopping:
        state, reason = ImportState.DUE, ""
    except _Lost:
        return
    except FileNotFoundError:
        state, reason = ImportState.REFUSED, dumped(Sentence("problems.import_file_gone"))
    except TelltaleError as error:
        state, reason = ImportState.REFUSED, dumped(error.sentence)
    with db.connection():
        _end(job, state, reason)
    if state in {ImportState.DONE, ImportState.REFUSED}:
        jobs.file_of(folder, job.id).unlink(missing_ok=True)
    log.info("people import ended", extra={"import_id": job.id, "state": state})


class _Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream: Source) -> None:
        self._stream = stream
        self.bytes_read = 0

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        self.bytes_read += len(chunk)
        return chunk


class _Run:
    """One pass over the file of a claimed import."""

    def __init__(self, job: PeopleImport, file: Source, stop: Event) -> None:
        self.job = job
        self.file = _Counted(file)
        self.stop = stop

    def through(self) -> None:
        """Read from the first row that is not done yet to the end."""
        actor = Actor(self.job.org_id, self.job.user_id)
        plan = Plan(
            FileKind(self.job.kind), [Meaning(each) for each in self.job.mapping], _done(self.job)
        )
        import_file(actor, self.file, Listener(stored=self._note, progress=self._go_on), plan)

    def _go_on(self, _rows: int) -> None:
        if self.stop.is_set():
            raise _Stopping

    def _note(self, report: Report, failed: Sequence[Failed]) -> None:
        """Within the batch's transaction: the counts, the failed rows, and the lease for longer."""
        is_ours = db.execute(
            "UPDATE people_import SET done_rows = %s, added = %s, updated = %s, unchanged = %s,"
            " failed = %s, kept_refusals = %s, done_bytes = %s, lease_until = %s"
            " WHERE id = %s AND state = %s AND lease = %s",
            [
                report.rows,
                report.added,
                report.updated,
                report.unchanged,
                report.failed,
                report.notes_total,
                self.file.bytes_read,
                clock.wall() + LEASE,
                self.job.id,
                ImportState.RUNNING,
                self.job.lease,
            ],
        )
        if not is_ours:
            raise _Lost
        _keep_failed(self.job, failed)


def _done(job: PeopleImport) -> Report:
    return Report(
        rows=job.done_rows,
        added=job.added,
        updated=job.updated,
        unchanged=job.unchanged,
        failed=job.failed,
        notes_total=job.kept_refusals,
    )


def _keep_failed(job: PeopleImport, failed: Sequence[Failed]) -> None:
    addresses = [_addresses_in(each.row.cells) for each in failed]
    erased = erased_among(job.org_id, set().union(*addresses)) if failed else set()
    db.insert_rows(
        "people_import_fault",
        ("import_id", "row_number", "org_id", "reason", "cells"),
        [
            (
                job.id,
                each.row.number,
                job.org_id,
                _dumped(each.faults),
                # A row of somebody who was erased is told by its number alone.
                db.dumps([_storable(cell) for cell in each.row.cells] if not hers else []),
            )
            for each, hers in zip(failed, map(erased.intersection, addresses), strict=True)
        ],
    )


def _addresses_in(texts: Sequence[str]) -> set[str]:
    found = set()
    for word in _BETWEEN_ADDRESSES.split(" ".join(texts)):
        with suppress(ValueError):
            found.add(normalise(word))
    return found


def _dumped(faults: Sequence[Fault]) -> str:
    return db.dumps([[_storable(each.column), each.reason.packed()] for each in faults])


def _storable(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _end(job: PeopleImport, state: ImportState, reason: str) -> None:
    now = None if state is ImportState.DUE else clock.now()
    db.execute(
        "UPDATE people_import SET state = %s, reason = %s, lease = '', lease_until = NULL,"
        " finished_at = %s WHERE id = %s AND lease = %s",
        [state, reason, now, job.id, job.lease],
    )
