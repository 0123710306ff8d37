"""SQLite under peewee: WAL, immediate transactions, PostgreSQL's type names.

The driver is apsw, not Python's own sqlite3: it brings a SQLite of its own, the same on every
machine, and takes a third of the time off each row (docs/decisions/0038).
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import apsw
import peewee
from peewee import __exception_wrapper__  # type: ignore[attr-defined]  # its extensions' way, no stub
from playhouse.apsw_ext import APSWDatabase

from backend import clock
from backend.db.sqlite_rows import Cursor, bound, lower

BUSY_TIMEOUT_S = 10
_IDLE_CONNECTIONS = 32
_LOOKS_AGAIN_S = 0.002
_COPIED_AT_ONCE = 16_000  # pages of the log: fewer at once copy the same page more often
# The code asks in some 480 places, an app in a good part of them; apsw would keep 100.
_STATEMENTS_KEPT = 200


class SqliteDatabase(APSWDatabase):  # type: ignore[misc]  # peewee ships no stub of it
    """SQLite in WAL mode whose transactions take the write lock at once; idle connections are kept.

    A deferred transaction that reads and then writes fails when another process wrote in between
    (602 of 800 with four processes); BEGIN IMMEDIATE waits instead. synchronous=FULL, because the
    hit log forgets a hit once it is committed here. A `lazy` one's commits do not wait for the disk
    (NORMAL): a crash of the system may take the last of them back until `sync` has returned.
    """

    def __init__(
        self, path: str, *, lazy: bool = False, patience_s: float = BUSY_TIMEOUT_S
    ) -> None:
        super().__init__(
            path,
            lock_type="IMMEDIATE",
            statementcachesize=_STATEMENTS_KEPT,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "normal" if lazy else "full",
                "foreign_keys": 1,
                "cache_size": -64_000,
                "temp_store": "memory",
                # The default of 1,000 pages made nearly every commit of the drain copy the log
                # back into the file, with a second fsync; with 64,000 each page is looked for in so
                # long a log that it costs more than it saves. A drain, which is lazy, has it copied
                # beside its work (`copy_log`); it waits for that itself only lest a log to which
                # it always adds should grow for ever (docs/decisions/0050).
                "wal_autocheckpoint": 64_000 if lazy else 16_000,
            },
        )
        self._patience_s = patience_s
        self._idle: list[apsw.Connection] = []
        self._log = Path(f"{path}-wal")
        self._named = 0  # inode of the log whose name the disk has

    def sync(self) -> None:
        """Wait until the disk has every commit so far, by whatever connection.

        Raises OperationalError, as a commit does that the disk refuses.
        """
        # The log's own file, in which SQLite locks nothing: closing a second descriptor of the
        # database itself would drop SQLite's locks.
        try:
            inode = _sync(self._log)
            if inode != self._named:
                with suppress(OSError):  # as SQLite does: not every file system can
                    _sync(self._log.parent)
                self._named = inode
        except FileNotFoundError:
            return  # nobody has the database open: all of it is in the file
        except OSError as error:
            raise peewee.OperationalError(f"the disk refused a sync: {error}") from error

    def copy_log(self, least: int = _COPIED_AT_ONCE) -> None:
        """Copy so many pages of the log or more into the file, beside whoever reads or writes.

        By a connection of its own, so any thread may. Raises apsw.Error; the log stays then.
        """
        with closing(apsw.Connection(self.database)) as conn:
            conn.execute("SELECT 1 FROM sqlite_schema").fetchone()  # sees what mode the file is in
            pages, copied = conn.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
            if pages - copied >= least:
                conn.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def execute_many(self, sql: str, values: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row of parameters; how many rows changed, by cascades too."""
        conn: apsw.Connection = self.connection()
        before = conn.total_changes()
        with __exception_wrapper__:
            conn.cursor().executemany(sql, values)
        return conn.total_changes() - before

    def _connect(self) -> apsw.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            made: apsw.Connection = super()._connect()
            made.set_busy_handler(_Patience(self._patience_s))
            made.cursor_factory = Cursor
            made.convert_binding = bound
            # SQLite's own knows ASCII only: "Ärger" would not be found by "ärger".
            made.create_scalar_function("lower", lower, 1, deterministic=True)
            return made

    def _close(self, conn: apsw.Connection) -> None:
        if len(self._idle) < _IDLE_CONNECTIONS and not conn.in_transaction:
            self._idle.append(conn)
        else:
            conn.close()

    def close_all(self) -> None:
        """Close this thread's connection and every idle one."""
        self.close()
        while self._idle:
            self._idle.pop().close()


class _Patience:
    """Has a connection try for the lock again and again, for `at_most_s`.

    Left to itself SQLite soon looks every 100 ms only, and by then a drain in a backlog, which lets
    the lock go for some ms between two batches, has it again (docs/decisions/0051).
    """

    def __init__(self, at_most_s: float) -> None:
        self._at_most_s = at_most_s
        self._until = 0.0

    def __call__(self, tried: int) -> bool:
        now = clock.monotonic()
        if not tried:
            self._until = now + self._at_most_s
        if now >= self._until:
            return False
        time.sleep(_LOOKS_AGAIN_S)
        return True


_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


def _sync(path: Path) -> int:
    """Sync that file or folder; its inode."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _sync_data(descriptor)
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)
