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
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO

import orjson

from backend import clock
from backend.errors import SettingsError
from backend.tracking.hitlog import SALT_BYTES, NotStored, OutcomeUnknown, Row, Tally, pack
from backend.tracking.hitlog_drained import Mark

SCHEMA = """
    CREATE TABLE IF NOT EXISTS packet (last INTEGER PRIMARY KEY, hits BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS log (id TEXT NOT NULL, pruned_to INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS salt (on_day TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS day (
        on_day TEXT PRIMARY KEY, stored_before INTEGER NOT NULL, not_stored INTEGER NOT NULL,
        unknown INTEGER NOT NULL, rejected INTEGER NOT NULL) WITHOUT ROWID;
"""
# Positions have no gaps, so a day's stored hits are the next day's stored_before less its own:
# a count that costs nothing per hit and cannot disagree with the hits.
_ADD_TO_DAY = """
    INSERT INTO day VALUES (?, ?, ?, ?, ?) ON CONFLICT (on_day) DO UPDATE SET
        not_stored = not_stored + excluded.not_stored, unknown = unknown + excluded.unknown,
        rejected = rejected + excluded.rejected
"""
# One row for all hits of an append, with the position of the last one: a row for each hit takes
# SQLite four times as long. Outside a transaction where nothing else is written.
_ADD = "INSERT INTO packet VALUES (?, ?)"
_BUSY_TIMEOUT_S = 1.0
_MARK_AGE_S = 0.2
_PRUNED_AT_ONCE = 1_024  # about 1 ms of the writer's time


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
        self._is_suspect = False
        self._day = date.min
        self._last = 0
        self._pruned_to = 0
        self._drained_to = 0
        self._mark_read_at = 0.0

    def append(self, hits: Sequence[Row], tally: Tally) -> None:
        """Store the hits in one transaction; see HitSink."""
        today = clock.now().date()
        with self._file() as db:
            if not tally and today == self._day:
                self._insert(db, hits)
            else:
                self._append_with_counts(db, today, hits, tally)
        if clock.monotonic() - self._mark_read_at > _MARK_AGE_S:
            self._read_mark()
        if self._drained_to - self._pruned_to >= _PRUNED_AT_ONCE:
            self.tidy()

    def salt(self, day: date) -> bytes:
        """The day's salt, made on first use; every older one is overwritten. See HitSink."""
        with self._file() as db:
            fresh = (day.isoformat(), secrets.token_bytes(SALT_BYTES))
            is_new = db.execute("INSERT OR IGNORE INTO salt VALUES (?, ?)", fresh).rowcount
            if is_new:
                db.execute("DELETE FROM salt WHERE on_day < ?", fresh[:1])
                # The old salt must not live on in the write-ahead log.
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            row = db.execute("SELECT value FROM salt WHERE on_day = ?", fresh[:1]).fetchone()
        return bytes(row[0])

    def tidy(self) -> bool:
        """Prune what the drain has taken, a slice at a time; see HitSink."""
        with self._file() as db:
            self._read_mark()
            pruned_to = min(self._drained_to, self._pruned_to + _PRUNED_AT_ONCE, self._last)
            if pruned_to <= self._pruned_to:
                return False
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE log SET pruned_to = ?", (pruned_to,))
            db.execute("DELETE FROM packet WHERE last <= ?", (pruned_to,))
            db.execute("COMMIT")
            self._pruned_to = pruned_to
        return True

    def close(self) -> None:
        """Close the file and let another writer in."""
        self._close_file()
        self._lock.close()

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        """The open file; closed again, without what was not committed, when anything fails."""
        is_done = False
        try:
            yield self._db or self._open()
            is_done = True
        except (sqlite3.Error, OSError) as error:
            raise _fault_of(error, self._path) from error
        finally:
            if not is_done:
                self._is_suspect = True
                self._close_file()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        self._db = db
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        db.execute("PRAGMA synchronous = FULL")
        self._renew_wal(db)
        db.execute("PRAGMA secure_delete = FAST").fetchall()
        db.executescript(SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        _take_over(db)
        if not db.execute("SELECT 1 FROM log").fetchone():
            db.execute("INSERT INTO log VALUES (?, 0)", (secrets.token_hex(8),))
        db.execute("COMMIT")
        self._log_id, self._pruned_to = db.execute("SELECT id, pruned_to FROM log").fetchone()
        (highest,) = db.execute("SELECT max(last) FROM packet").fetchone()
        # A position is never used twice, even when everything was pruned: the drain counts on it.
        self._last = max(self._pruned_to, highest or 0, self._mark.read(self._log_id))
        self._day = date.min
        return db

    def _renew_wal(self, db: sqlite3.Connection) -> None:
        # After a failed fsync the system may have dropped pages that it calls written. Frames
        # behind such a gap would be lost in a power cut, so the log begins anew.
        is_busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy and self._is_suspect:
            raise sqlite3.OperationalError("its write-ahead log is still being read")
        self._is_suspect = False

    def _close_file(self) -> None:
        if self._db:
            self._db.close()
            self._db = None

    def _append_with_counts(
        self, db: sqlite3.Connection, today: date, hits: Sequence[Row], tally: Tally
    ) -> None:
        counts = (tally.not_stored, tally.unknown, tally.rejected)
        db.execute("BEGIN IMMEDIATE")
        db.execute(_ADD_TO_DAY, (today.isoformat(), self._last, *counts))
        self._insert(db, hits)
        db.execute("COMMIT")
        self._day = today

    def _insert(self, db: sqlite3.Connection, hits: Sequence[Row]) -> None:
        if hits:
            db.execute(_ADD, (self._last + len(hits), pack(hits)))
            self._last += len(hits)

    def _read_mark(self) -> None:
        self._mark_read_at = clock.monotonic()
        self._drained_to = self._mark.read(self._log_id)


def _take_over(db: sqlite3.Connection) -> None:
    """Pack the hits of a file from before November 2026, which had a row for each; as they were."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'hit'").fetchone():
        return
    found = db.execute(
        "SELECT position, id, token, kind, received_at, user_agent, headers, hex(reader_key),"
        " network FROM hit ORDER BY position"
    )
    while rows := found.fetchmany(_PRUNED_AT_ONCE):
        hits = [(*row[1:6], orjson.loads(row[6]), row[7], orjson.Fragment(row[8])) for row in rows]
        db.execute(_ADD, (rows[-1][0], pack(hits)))
    db.execute("DROP TABLE hit")


def _fault_of(error: Exception, path: Path) -> NotStored:
    """What it means for the hits: after a failed fsync they are written, but perhaps not kept."""
    name = getattr(error, "sqlite_errorname", "")
    is_unknown = name in {"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"}
    fault = OutcomeUnknown if is_unknown else NotStored
    return fault(f"The hit log {path} cannot be written: {error}.")


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
