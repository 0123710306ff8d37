"""SQLite under peewee: WAL, immediate transactions, PostgreSQL's type names.

The driver is apsw, not Python's own sqlite3: it brings a SQLite of its own, the same on every
machine, and takes a third of the time off each row (docs/decisions/0038).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import apsw
import orjson
from peewee import __exception_wrapper__  # type: ignore[attr-defined]  # its extensions' way, no stub
from playhouse.apsw_ext import APSWDatabase

from backend import clock

BUSY_TIMEOUT_S = 10
_IDLE_CONNECTIONS = 32
# The code asks in some 480 places, an app in a good part of them; apsw would keep 100.
_STATEMENTS_KEPT = 200

Row = tuple[Any, ...]


class SqliteDatabase(APSWDatabase):  # type: ignore[misc]  # peewee ships no stub of it
    """SQLite in WAL mode whose transactions take the write lock at once; idle connections are kept.

    A deferred transaction that reads and then writes fails when another process wrote in between
    (602 of 800 with four processes); BEGIN IMMEDIATE waits instead. synchronous=FULL, because the
    hit log forgets a hit once it is committed here.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            path,
            timeout=BUSY_TIMEOUT_S,
            lock_type="IMMEDIATE",
            statementcachesize=_STATEMENTS_KEPT,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "foreign_keys": 1,
                "cache_size": -64_000,
                "temp_store": "memory",
                # The default of 1,000 pages made nearly every commit of the drain copy the log
                # back into the file, with a second fsync.
                "wal_autocheckpoint": 16_000,
            },
        )
        self._idle: list[apsw.Connection] = []

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


class Cursor(apsw.Cursor):
    """Hands values back as their columns were declared, by `fetchone` and `fetchall`.

    Iterating over it, which nobody does, would give them as they are stored.
    """

    _plan: "Plan" = ()

    @property
    def rowcount(self) -> int:
        """How many rows the statement that ran last touched."""
        return int(self.connection.changes())

    def execute(self, statements: str, bindings: Any = None, **options: Any) -> "Cursor":
        """Run one statement."""
        super().execute(statements, bindings, **options)
        try:
            self._plan = _plan_of(self.get_description())
        except apsw.ExecutionCompleteError:  # it gives no rows
            self._plan = ()
        return self

    def fetchone(self) -> Row | None:
        """The next row, or None."""
        row = super().fetchone()
        return row if row is None or not self._plan else _converted([row], self._plan)[0]

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        found = super().fetchall()
        return _converted(found, self._plan) if found and self._plan else found


Plan = tuple[tuple[int, Callable[[Any], Any]], ...]


@lru_cache(1_024)
def _plan_of(description: tuple[tuple[str, str], ...]) -> Plan:
    """Which columns are converted, and how."""
    return tuple(
        (number, _CONVERTERS[declared])
        for number, (_, declared) in enumerate(description)
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


def _bound(_cursor: Any, _number: int, value: Any) -> Any:
    if isinstance(value, datetime):
        return _micros(value)
    raise TypeError(f"no column takes a {type(value).__name__}")


# The time of one hit is written some five times over.
@lru_cache(16_384)
def _micros(at: datetime) -> int | str:
    # Eight bytes that sort as time does; the ISO text's 32 made every index half as large again.
    # Only peewee's own table of migrations writes a naive time.
    return (at - clock.EPOCH) // _MICROSECOND if at.tzinfo else at.isoformat(" ")


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
