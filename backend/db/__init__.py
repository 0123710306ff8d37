"""The main database: SQLite by default, PostgreSQL by DATABASE_URL, one set of words for both.

Column types are declared with PostgreSQL's names on both engines. SQLite keeps a `timestamptz` as
microseconds since 1970, a `uuid` and a `jsonb` as text and hands each back as the same Python value
that PostgreSQL does: aware UTC datetime, str, decoded JSON, bool.

SQL is written with `%s` and runs through `rows`, `ask`, `one`, `execute` and `execute_many`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import orjson

from backend import clock
from backend.db import postgres_text
from backend.db.sqlite import SqliteDatabase
from backend.db.store import (
    AWAY,
    UNFIT,
    Store,
    connection,
    copy_log,
    database,
    is_postgres,
    open_store,
    pipeline,
    sync,
    transaction,
)

__all__ = [
    "AWAY",
    "UNFIT",
    "Row",
    "Store",
    "add_rows",
    "among",
    "as_time",
    "ask",
    "connection",
    "copy_log",
    "database",
    "dumps",
    "execute",
    "execute_many",
    "insert_rows",
    "is_postgres",
    "many",
    "one",
    "open_store",
    "pipeline",
    "rows",
    "sync",
    "transaction",
    "update_rows",
]

Row = tuple[Any, ...]

BY_ID = {"id": "uuid"}
FEW = 3  # rows


def rows(sql: str, params: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query."""
    return ask(sql, params)()


def ask(sql: str, params: Sequence[Any] = ()) -> Callable[[], list[Row]]:
    """A query, and what gives all its rows once: in a pipeline it is under way until then."""
    fetch: Callable[[], list[Row]] = _run(sql, params).fetchall
    return fetch


def one(sql: str, params: Sequence[Any] = ()) -> Row | None:
    """The first row of a query, or None."""
    found: Row | None = _run(sql, params).fetchone()
    return found


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one statement; how many rows it touched."""
    return int(_run(sql, params).rowcount)


def execute_many(sql: str, many: Iterable[Sequence[Any]]) -> int:
    """Run one statement for each row of parameters; how many rows they touched."""
    values = many if isinstance(many, list) else list(many)
    if len(values) == 1:  # psycopg opens a pipeline for several, which takes twice as long for one
        return execute(sql, values[0])
    store = database.obj
    if isinstance(store, SqliteDatabase):
        return store.execute_many(_native(sql), values)
    with database.connection().cursor() as cursor:
        cursor.executemany(_native(sql), values)
        return int(cursor.rowcount)


def among(kind: str) -> str:
    """The right side of `column …` for one list parameter made by `many`; kind is uuid or text.

    The SQL is the same for any number of values, so both engines keep its plan.
    """
    return f"= ANY(%s::{kind}[])" if is_postgres() else "IN (SELECT value FROM json_each(%s))"


def many(values: Iterable[str]) -> str:
    """The parameter for `among`: an array as PostgreSQL writes it, JSON text on SQLite."""
    if not is_postgres():
        return dumps(list(values))
    return postgres_text.array(values)


def insert_rows(table: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    """Insert many rows the engine's fastest way: COPY on PostgreSQL, executemany on SQLite.

    A few go in as one statement on PostgreSQL: COPY asks it three times and is planned each time.
    jsonb is given as text. Raises IntegrityError (peewee's or the driver's) on a double key.
    """
    names = ", ".join(columns)
    if not is_postgres():
        execute_many(f"INSERT INTO {table} ({names}) VALUES {_marks(columns)}", values)
    elif 0 < len(values) <= FEW:
        into = f"INSERT INTO {table} ({names}) VALUES {_marks(columns, len(values))}"
        execute(into, [*chain.from_iterable(values)])
    else:
        into = f"COPY {table} ({names}) FROM STDIN"
        with database.connection().cursor().copy(into) as copy:
            copy.write(postgres_text.copy_lines(values))


def add_rows(
    table: str,
    columns: Mapping[str, str],
    values: Sequence[Sequence[Any]],
    unique: str = "",
    change: str = "",
) -> int:
    """Insert those rows whose `unique` columns nobody has yet; how many rows were touched.

    `columns` are names with their PostgreSQL types. With `change` a known row is set to that
    instead of left alone; then no two rows may be alike. Without `unique` all go in, as by
    `insert_rows` but in one statement, and a double key is an IntegrityError.
    """
    if not values:
        return 0
    done = f"UPDATE SET {change}" if change else "NOTHING"
    conflict = f"ON CONFLICT ({unique}) DO {done}" if unique else ""
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if not is_postgres():
        return execute_many(f"{into} VALUES {_marks(columns)} {conflict}", values)
    if len(values) <= FEW:  # out of arrays PostgreSQL takes more than twice as long for one row
        into = f"{into} VALUES {_marks(columns, len(values))} {conflict}"
        return execute(into, [*chain.from_iterable(values)])
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    return execute(
        f"{into} SELECT * FROM unnest({arrays}) {conflict}",
        [postgres_text.array(column) for column in zip(*values, strict=True)],
    )


def update_rows(
    table: str,
    columns: Mapping[str, str],
    values: Sequence[Sequence[Any]],
    key: Mapping[str, str] = BY_ID,
) -> None:
    """Set columns (name: PostgreSQL type) of many rows; each value row ends with the key's values.

    jsonb values are given as text.
    """
    if not values:
        return
    changes = ", ".join(f"{name} = %s" for name in columns)
    found = " AND ".join(f"{name} = %s" for name in key)
    if not is_postgres():
        execute_many(f"UPDATE {table} SET {changes} WHERE {found}", values)
        return
    # One statement over arrays: as many parameters, or a JSON array, take twice as long.
    given = {**columns, **key}
    arrays = ", ".join(f"%s::{kind}[]" for kind in given.values())
    changes = ", ".join(f"{name} = v.{name}" for name in columns)
    found = " AND ".join(f"t.{name} = v.{name}" for name in key)
    execute(
        f"UPDATE {table} t SET {changes} FROM unnest({arrays}) AS v({', '.join(given)})"
        f" WHERE {found}",
        [postgres_text.array(column) for column in zip(*values, strict=True)],
    )


def dumps(value: Any) -> str:
    """JSON text for a jsonb parameter."""
    return orjson.dumps(value).decode()


def as_time(value: int | datetime | None) -> datetime | None:
    """A time out of an expression (min, max …), whose declared type SQLite forgets."""
    return clock.from_micros(value) if isinstance(value, int) else value


def _marks(columns: Collection[str], count: int = 1) -> str:
    """Where so many rows stand in a statement, as in "(%s, %s), (%s, %s)"."""
    return ", ".join([f"({', '.join(['%s'] * len(columns))})"] * count)


def _run(sql: str, params: Sequence[Any]) -> Any:  # a cursor of either driver
    return database.execute_sql(_native(sql), params)


def _native(sql: str) -> str:
    return sql if is_postgres() else sql.replace("%s", "?")
