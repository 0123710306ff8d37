"""Bringing a database to today's tables: numbered migrations, run by one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playhouse.migrations import Runner

from backend import db
from backend.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
PARTITIONED = {"hit": "received_at", "engagement": "occurred_at"}  # by this time's month
MONTHS_AHEAD = 3
# Any number does, as long as it is always this one.
_LOCK_KEY = 7_355_608


def migrate(settings: Settings) -> list[str]:
    """Run what has not been run yet and return its names, in order. Waits for another migrator."""
    with db.connection(), alone(settings):
        return bring_to()


def bring_to(last: str | None = None) -> list[str]:
    """Run what the open connection's database misses, up to that migration; who calls is `alone`.

    Returns the names of what ran, in order.
    """
    names = Runner(db.database.obj, str(MIGRATIONS)).up(last)
    return [str(name) for name in names]


def known() -> list[str]:
    """Names of all migrations there are, in order."""
    return sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


def applied() -> list[str]:
    """Names of the migrations that this database has seen, in order."""
    return sorted(str(name) for name in Runner(db.database.obj, str(MIGRATIONS)).applied())


def pending() -> list[str]:
    """Names of migrations that this database has not seen."""
    found = Runner(db.database.obj, str(MIGRATIONS)).status()
    return [each.name for each in found if each.applied is None]


def add_partitions(now: datetime) -> list[str]:
    """On PostgreSQL, make the monthly partitions from this month on; returns the new ones."""
    if not db.is_postgres():
        return []
    return [
        name
        for table in PARTITIONED
        for start in _months(now)
        for name in add_partition(table, start)
    ]


def add_partition(table: str, start: datetime) -> list[str]:
    """On PostgreSQL, make the partition of the month that starts then; [] if it is there."""
    name, end = f"{table}_{start:%Y%m}", _next_month(start)
    if db.one("SELECT to_regclass(%s)", [name]) != (None,) or _has_rows(table, start):
        return []
    db.execute(
        f"CREATE TABLE {name} PARTITION OF {table}"
        f" FOR VALUES FROM ('{start:%Y-%m-%d}') TO ('{end:%Y-%m-%d}')"
    )
    return [name]


def months_of(table: str) -> list[str]:
    """The months (2026-11) in which a partitioned table has rows, on either engine."""
    month = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')"
    if not db.is_postgres():
        month = "strftime('%Y-%m', {} / 1000000, 'unixepoch')"
    found = db.rows(f"SELECT DISTINCT {month.format(PARTITIONED[table])} FROM {table}")
    return sorted(str(each) for (each,) in found)


def _has_rows(table: str, start: datetime) -> bool:
    # PostgreSQL refuses a partition for rows that the default one holds already; they stay there.
    sql = f"SELECT 1 FROM {table}_default WHERE {PARTITIONED[table]} >= %s LIMIT 1"
    return db.one(sql, [start]) is not None


def _months(now: datetime) -> Iterator[datetime]:
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS_AHEAD + 1):
        yield start
        start = _next_month(start)


def _next_month(start: datetime) -> datetime:
    is_last = start.month == 12
    return start.replace(year=start.year + is_last, month=1 if is_last else start.month + 1)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the only one who changes the tables; waits for another. Needs an open connection."""
    if db.is_postgres():
        db.one("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        try:
            yield
        finally:
            db.one("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
        return
    with (settings.data_dir / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
