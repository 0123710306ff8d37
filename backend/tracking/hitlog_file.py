"""The hit log as a SQLite file of its own (hits.db): the embedded form, and the fastest.

WAL with synchronous=FULL and no secondary index: a commit is one append and one fsync, so what was
committed survives a power cut (WAL with NORMAL does not: measured). The drain's mark lies in a
file beside it (`hits.drained`), because a second writer to hits.db would make the first one wait.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from itertools import chain
from pathlib import Path
from typing import IO

from backend import clock
from backend.errors import SettingsError
from backend.tracking.facts import RawHit
from backend.tracking.hitlog import SALT_BYTES, NotStored, Row, Tally, row_of
from backend.tracking.hitlog_drained import Mark

SCHEMA = """
    CREATE TABLE IF NOT EXISTS hit (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL, token TEXT NOT NULL, kind TEXT NOT NULL, received_at INTEGER NOT NULL,
        user_agent TEXT NOT NULL, headers TEXT NOT NULL, reader_key BLOB NOT NULL,
        network TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS log (id TEXT NOT NULL, pruned_to INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS salt (on_day TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS day (
        on_day TEXT PRIMARY KEY, stored INTEGER NOT NULL, not_stored INTEGER NOT NULL,
        unknown INTEGER NOT NULL, rejected INTEGER NOT NULL) WITHOUT ROWID;
"""
_ADD_TO_DAY = """
    INSERT INTO day VALUES (?, ?, ?, ?, ?) ON CONFLICT (on_day) DO UPDATE SET
        stored = stored + excluded.stored, not_stored = not_stored + excluded.not_stored,
        unknown = unknown + excluded.unknown, rejected = rejected + excluded.rejected
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
# One statement per run of rows: each statement gives up the interpreter lock once, and winning it
# back while the event loop is busy costs more than the insert.
_RUNS = tuple(
    (size, f"INSERT INTO hit VALUES {', '.join([_ROW] * size)}")  # noqa: S608 - only "?"
    for size in (64, 16, 4, 1)
)
_BUSY_TIMEOUT_S = 1.0
_MARK_AGE_S = 0.2
_PRUNED_PER_HIT = 3
_PRUNED_PER_TIDY = 2_000


class FileSink:
    """Writes hits.db; holds an flock beside it, so that there is one writer.

    A failed append closes the file and the next one opens it anew: recovery needs no restart.
    """

    def __init__(self, path: Path) -> None:
        """Take the writer's place. Raises SettingsError where another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = _writer_lock(path.with_suffix(".lock"))
        self._db: sqlite3.Connection | None = None
        self._mark = Mark(path)
        self._log_id = ""
        self._last = 0
        self._pruned_to = 0
        self._drained_to = 0
        self._mark_read_at = 0.0

    def append(self, hits: Sequence[RawHit], tally: Tally) -> None:
        """Store the hits in one transaction; see HitSink."""
        with self._transaction() as db:
            last = self._insert(db, [row_of(hit) for hit in hits])
            today = clock.now().date().isoformat()
            counts = (today, len(hits), tally.not_stored, tally.unknown, tally.rejected)
            db.execute(_ADD_TO_DAY, counts)
            pruned_to = self._prune(db, _PRUNED_PER_HIT * len(hits))
        self._last, self._pruned_to = last, pruned_to

    def salt(self, day: date) -> bytes:
        """The day's salt, made on first use; every older one is overwritten. See HitSink."""
        with self._transaction() as db:
            fresh = (day.isoformat(), secrets.token_bytes(SALT_BYTES))
            is_new = db.execute("INSERT OR IGNORE INTO salt VALUES (?, ?)", fresh).rowcount
            db.execute("DELETE FROM salt WHERE on_day < ?", fresh[:1])
            row = db.execute("SELECT value FROM salt WHERE on_day = ?", fresh[:1]).fetchone()
        if is_new:
            # The old salt must not live on in the write-ahead log.
            with suppress(sqlite3.Error):
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return bytes(row[0])

    def tidy(self) -> bool:
        """Prune what the drain has taken, a slice at a time; see HitSink."""
        self._read_mark()
        if self._pruned_to >= min(self._drained_to, self._last):
            return False
        with self._transaction() as db:
            pruned_to = self._prune(db, _PRUNED_PER_TIDY)
        self._pruned_to = pruned_to
        return True

    def close(self) -> None:
        """Close the file and let another writer in."""
        self._close_file()
        self._lock.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        is_done = False
        try:
            db = self._db or self._open()
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
            is_done = True
        except (sqlite3.Error, OSError) as error:
            raise NotStored(f"The hit log {self._path} cannot be written: {error}.") from error
        finally:
            if not is_done:
                self._close_file()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        self._db = db
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = FAST").fetchall()
        db.executescript(SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        if not db.execute("SELECT 1 FROM log").fetchone():
            db.execute("INSERT INTO log VALUES (?, 0)", (secrets.token_hex(8),))
        db.execute("COMMIT")
        self._log_id, self._pruned_to = db.execute("SELECT id, pruned_to FROM log").fetchone()
        (highest,) = db.execute("SELECT max(position) FROM hit").fetchone()
        # A position is never used twice, even when everything was pruned: the drain counts on it.
        self._last = max(self._pruned_to, highest or 0)
        return db

    def _close_file(self) -> None:
        if self._db:
            self._db.close()
            self._db = None

    def _insert(self, db: sqlite3.Connection, rows: Sequence[Row]) -> int:
        numbered = [(position, *row) for position, row in enumerate(rows, self._last + 1)]
        start = 0
        for size, statement in _RUNS:
            while len(numbered) - start >= size:
                run = numbered[start : start + size]
                db.execute(statement, tuple(chain.from_iterable(run)))
                start += size
        return self._last + len(numbered)

    def _prune(self, db: sqlite3.Connection, limit: int) -> int:
        self._read_mark()
        pruned_to = min(self._drained_to, self._pruned_to + limit, self._last)
        if pruned_to <= self._pruned_to:
            return self._pruned_to
        db.execute("DELETE FROM hit WHERE position <= ?", (pruned_to,))
        db.execute("UPDATE log SET pruned_to = ?", (pruned_to,))
        return pruned_to

    def _read_mark(self) -> None:
        at = clock.monotonic()
        if self._pruned_to >= self._drained_to and at - self._mark_read_at > _MARK_AGE_S:
            self._mark_read_at = at
            self._drained_to = self._mark.read(self._log_id)


def _writer_lock(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise SettingsError(
            f"{path.with_suffix('.db')} already has a writer (process {holder}): stop that edge"
            " first, or give this one another DATA_DIR"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
