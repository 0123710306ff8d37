"""Whole tables as lines of PostgreSQL's COPY text, out of either engine and into either.

A backup is made of them. Nothing is held but a block of lines at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any

import apsw

from backend import clock, db
from backend.db import postgres_text

BLOCK_BYTES = 512 * 1024
_ROWS_AT_ONCE = 64  # few: a row may be a mail's body

_POSTGRES_TABLES = """
    SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
_POSTGRES_COLUMNS = """
    SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute a
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_POSTGRES_PARENTS = """
    SELECT confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND conrelid = to_regclass(%s)
"""
_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_SQLITE_COLUMNS = "SELECT name, lower(type) FROM pragma_table_info(%s) ORDER BY cid"
_SQLITE_PARENTS = 'SELECT "table" FROM pragma_foreign_key_list(%s)'


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and its columns' types by name as this engine calls them."""

    name: str
    columns: dict[str, str]


def names() -> list[str]:
    """Every table of the open database, parts of partitioned ones apart."""
    found = db.rows(_POSTGRES_TABLES if db.is_postgres() else _SQLITE_TABLES)
    return sorted(str(name) for (name,) in found)


def ordered() -> list[Table]:
    """Every table, none before one that its rows point to; rows may point into their own table."""
    parents = _POSTGRES_PARENTS if db.is_postgres() else _SQLITE_PARENTS
    columns = _POSTGRES_COLUMNS if db.is_postgres() else _SQLITE_COLUMNS
    order: TopologicalSorter[str] = TopologicalSorter()
    for name in names():
        above = {str(found).strip('"') for (found,) in db.rows(parents, [_asked(name)])}
        order.add(name, *sorted(above - {name}))
    return [Table(name, dict(db.rows(columns, [_asked(name)]))) for name in order.static_order()]


@contextmanager
def snapshot() -> Iterator[None]:
    """Within it every question is answered as of one moment; others write on. Nobody waits."""
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if db.is_postgres() else "BEGIN"
    db.execute(begin)
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def count(name: str) -> int:
    """How many rows a table has."""
    row = db.one(f'SELECT count(*) FROM "{name}"')
    return int(row[0]) if row else 0


def read(table: Table) -> Iterator[bytes]:
    """The table's rows, some `BLOCK_BYTES` of whole lines at a time."""
    listed = ", ".join(f'"{name}"' for name in table.columns)
    sql = f'SELECT {listed} FROM "{table.name}"'
    lines = _postgres_lines(sql) if db.is_postgres() else _sqlite_lines(sql, table)
    block = bytearray()
    for some in lines:
        block += some
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def write(table: Table, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """Put such lines into an empty table; `columns` are theirs, in their order.

    On SQLite within a transaction, at whose end rows must have what they point to. Raises what the
    engine raises for rows that cannot be.
    """
    listed = ", ".join(f'"{name}"' for name in columns)
    if db.is_postgres():
        into = f'COPY "{table.name}" ({listed}) FROM STDIN'
        with db.database.connection().cursor().copy(into) as copy:
            for block in blocks:
                copy.write(block)
        return
    marks = ", ".join(["%s"] * len(columns))
    sql = f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})'
    takers = [_TAKERS.get(table.columns[name]) for name in columns]
    db.execute("PRAGMA defer_foreign_keys = ON")
    for block in blocks:
        db.execute_many(sql, list(postgres_text.rows_of(block.decode(), takers)))


def _asked(name: str) -> str:
    return f'"{name}"' if db.is_postgres() else name


def _postgres_lines(sql: str) -> Iterator[bytes]:
    with db.database.connection().cursor().copy(f"COPY ({sql}) TO STDOUT") as copy:
        for line in copy:
            yield bytes(line)


def _sqlite_lines(sql: str, table: Table) -> Iterator[bytes]:
    # Not our own cursor: it takes all rows at once, and hands JSON back decoded.
    found = apsw.Cursor(db.database.connection()).execute(sql)
    givers = [_GIVERS.get(kind) for kind in table.columns.values()]
    batch: list[Sequence[Any]] = []
    for row in found:
        batch.append(
            [
                value if give is None or value is None else give(value)
                for value, give in zip(row, givers, strict=True)
            ]
        )
        if len(batch) == _ROWS_AT_ONCE:
            yield postgres_text.copy_lines(batch).encode()
            batch.clear()
    if batch:
        yield postgres_text.copy_lines(batch).encode()


def _flag(stored: Any) -> str:
    return "t" if stored else "f"


def _micros(text: str) -> int:
    return clock.micros(datetime.fromisoformat(text))


# Between what SQLite stores and what PostgreSQL writes; other kinds are alike on both.
_GIVERS: dict[str, Callable[[Any], Any]] = {
    "timestamptz": clock.from_micros,
    "boolean": _flag,
    "jsonb": str,
}
_TAKERS: dict[str, Callable[[str], Any]] = {
    "timestamptz": _micros,
    "boolean": "t".__eq__,
    "bytea": lambda text: bytes.fromhex(text.removeprefix("\\x")),
    "bigint": int,
    "integer": int,
    "real": float,
}
