"""SQLite under peewee: WAL, immediate transactions, PostgreSQL's type names.

The driver is apsw, not Python's own sqlite3: it brings a SQLite of its own, the same on every
machine, and takes a third of the time off each row (docs/decisions/0038).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw
import orjson
import peewee
from peewee import __exception_wrapper__  # type: ignore[attr-defined]  # its extensions' way, no stub
from playhouse.apsw_ext import APSWDatabase

from backend import clock

BUSY_TIMEOUT_S = 10
_IDLE_CONNECTIONS = 32
_COPIED_AT_ONCE = 16_000  # pages of the log: fewer at once copy the same page more often
# The code asks in some 480 places, an app in a good part of them; apsw would keep 100.
_STATEMENTS_KEPT = 200

Row = tuple[Any, ...]


class SqliteDatabase(APSWDatabase):  # type: ignore[misc]  # peewee ships no stub of it
    """SQLite in WAL mode whose transactions take the write lock at once; idle connections are kept.

    A deferred transaction that reads and then writes fails when another process wrote in between
    (602 of 800 with four processes); BEGIN IMMEDIATE waits instead. synchronous=FULL, because the
    hit log forgets a hit once it is committed here. A `lazy` one's commits do not wait for the disk
    (NORMAL): a crash of the system may take the last of them back until `sync` has returned.
    """

    def __init__(self, path: str, *, lazy: bool = False) -> None:
        super().__init__(
            path,
            timeout=BUSY_TIMEOUT_S,
            lock_type="IMMEDIATE",
            statementcachesize=_STATEMENTS_KEPT,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "normal" if lazy else "full",
                "foreign_keys": 1,
                "cache_size": -64_000,
                "temp_store": "memory",
                # The default of 1,000 pages made nearly every commit of the drain copy the log
                # back into the file, with a second fsync; the drain has that done beside its work
                # (`copy_log`). This is where writers have to wait for it, since a log that is
                # never copied to its end would grow for ever (docs/decisions/0050).
                "wal_autocheckpoint": 64_000,
            },
        )
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
            made.cursor_factory = Cursor
            made.convert_binding = _bound
            # SQLite's own knows ASCII only: "Ärger" would not be found by "ärger".
            made.create_scalar_function("lower", _lower, 1, deterministic=True)
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


_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


def _sync(path: Path) -> int:
    """Sync that file or folder; its inode."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _sync_data(descriptor)
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


Column = tuple[str, str, None, None, None, None, None]


class Cursor(apsw.Cursor):
    """Takes all rows at once and hands their values back as their columns were declared.

    A statement of which rows are left keeps SQLite's view of the past open: whoever then writes on
    the same connection is refused at once (SQLITE_BUSY_SNAPSHOT, sqlite.org/rescode.html) when
    another process wrote in between. psycopg takes all rows, too. Iterating over a cursor, which
    nobody does, would give none.
    """

    description: tuple[Column, ...] = ()
    _found: Iterator[Row] = iter(())

    @property
    def rowcount(self) -> int:
        """How many rows the statement that ran last touched."""
        return int(self.connection.changes())

    def execute(self, statements: str, bindings: Any = None, **options: Any) -> "Cursor":
        """Run one statement, to its end."""
        super().execute(statements, bindings, **options)
        try:
            self.description = super().description
        except apsw.ExecutionCompleteError:  # it gives no rows
            self.description = ()
            self._found = iter(())
            return self
        rows = super().fetchall()
        plan = _plan_of(self.description)
        self._found = iter(_converted(rows, plan) if rows and plan else rows)
        return self

    def fetchone(self) -> Row | None:
        """The next row, or None."""
        return next(self._found, None)

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        return list(self._found)


Plan = tuple[tuple[int, Callable[[Any], Any]], ...]


@lru_cache(1_024)
def _plan_of(description: tuple[Column, ...]) -> Plan:
    """Which columns are converted, and how."""
    return tuple(
        (number, _CONVERTERS[declared])
        for number, (_, declared, *_) in enumerate(description)
        if declared in _CONVERTERS
    )


def _converted(rows: Iterable[Row], plan: Plan) -> list[Row]:
    ready = []
    for row in rows:
        values = list(row)
        for number, convert in plan:
            if (value := values[number]) is not None:
                values[number] = convert(value)
        ready.append(tuple(values))
    return ready


def _lower(*given: Any) -> Any:
    (text,) = given
    return text.lower() if isinstance(text, str) else text


_MICROSECOND = timedelta(microseconds=1)


class _Micros(dict[datetime, int | str]):
    """Times as they are stored; of each hit's some five are bound, and most are the same object."""

    def __missing__(self, at: datetime) -> int | str:
        if len(self) >= _TIMES_KEPT:
            self.clear()
        # Eight bytes that sort as time does; the ISO text's 32 made every index half as large
        # again. Only peewee's own table of migrations writes a naive time.
        stored = (at - clock.EPOCH) // _MICROSECOND if at.tzinfo else at.isoformat(" ")
        self[at] = stored
        return stored


_TIMES_KEPT = 16_384
_micros = _Micros()


def _bound(_cursor: Any, _number: int, value: Any) -> Any:
    if isinstance(value, datetime):
        return _micros[value]
    raise TypeError(f"no column takes a {type(value).__name__}")


def _time(micros: int) -> datetime:
    # clock.from_micros, without the call: this runs for every time of every row that is read.
    return clock.EPOCH + micros * _MICROSECOND


def _json(stored: Any) -> Any:
    return orjson.loads(stored) if isinstance(stored, str) else stored


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "timestamptz": _time,
    "jsonb": _json,
    "boolean": bool,
}
