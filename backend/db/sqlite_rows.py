"""SQLite's values as PostgreSQL's driver would give them: by the declared type of their column."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import apsw
import orjson

from backend import clock

Row = tuple[Any, ...]
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


def lower(*given: Any) -> Any:
    """What PostgreSQL's `lower` gives."""
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


def bound(_cursor: Any, _number: int, value: Any) -> Any:
    """What is stored of a value that SQLite does not take itself. Raises TypeError."""
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
