"""The drain's end of hits.db: reads behind the writer, and marks how far it has come."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from backend.tracking.facts import RawHit
from backend.tracking.hitlog import Batch, Count, unpack

_DAYS = """
    WITH top AS (SELECT ifnull(max(last), 0) AS highest FROM packet)
    SELECT on_day,
        lead(stored_before, 1, (SELECT max(pruned_to, highest) FROM log, top))
            OVER (ORDER BY on_day) - stored_before,
        not_stored, unknown, rejected
    FROM day ORDER BY on_day
"""
_BUSY_TIMEOUT_S = 1.0


class FileSource:
    """Reads hits.db beside its writer; keeps its place in the mark file."""

    reader = ""  # the one that there is

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = Mark(path)
        self._db: sqlite3.Connection | None = None
        self._log_id = ""
        self._done_to = 0

    def log_id(self) -> str:
        """The random id that the writer gave the file; see HitSource."""
        return self._log_id if self._db or self._open() else ""

    def takes_over(self) -> bool:
        """Never: see HitSource."""
        return False

    def read(self, limit: int, after: str = "") -> Batch:
        """The next hits in the order of their commit; see HitSource."""
        db = self._db or self._open()
        if not db:
            return Batch("0", ())
        position, hits = max(self._done_to, int(after or 0)), list[RawHit]()
        packets = db.execute(
            "SELECT last, hits FROM packet WHERE last > ? ORDER BY last LIMIT ?", (position, limit)
        )
        with closing(packets):
            while len(hits) < limit and (packet := packets.fetchone()):
                last, packed = packet
                fresh = unpack(packed)[position - last :]  # its first ones may be done already
                taken = fresh[: limit - len(hits)]
                hits += taken
                position = last - len(fresh) + len(taken)
        return Batch(str(position), tuple(hits))

    def done(self, position: str) -> None:
        """Move the mark; see HitSource."""
        if int(position) > self._done_to:
            self._done_to = int(position)
            self._mark.write(self._log_id, self._done_to)

    def counts(self) -> list[Count]:
        """The counters by day; see HitSource."""
        db = self._db or self._open()
        rows = db.execute(_DAYS).fetchall() if db else ()
        return [Count(date.fromisoformat(day), *counts) for day, *counts in rows]

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection | None:
        """The open log, or None while no edge has made it yet."""
        db = None
        try:
            db = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=_BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            db.execute("PRAGMA query_only = ON")
            (self._log_id,) = db.execute("SELECT id FROM log").fetchone() or ("",)
        except sqlite3.OperationalError:
            self._log_id = ""
        if not self._log_id:
            if db:
                db.close()
            return None
        self._done_to = self._mark.read(self._log_id)
        self._db = db
        return db


class Mark:
    """How far the drain is: the log's id and a position, in a file that only the drain writes.

    It is replaced whole and not fsynced: an older mark only means that hits are drained twice.
    The id keeps a mark from being believed for another log at the same path.
    """

    def __init__(self, log_path: Path) -> None:
        self._path = log_path.with_suffix(".drained")

    def read(self, log_id: str) -> int:
        """The last position that is safe in the main database; 0 without a mark for this log."""
        try:
            marked_id, position = self._path.read_text().split()
            return int(position) if marked_id == log_id else 0
        except (OSError, ValueError):
            return 0

    def write(self, log_id: str, position: int) -> None:
        """Set the mark."""
        fresh = self._path.with_suffix(".drained.new")
        fresh.write_text(f"{log_id} {position}\n")
        fresh.replace(self._path)
