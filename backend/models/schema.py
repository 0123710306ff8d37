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
PARTITIONED = ("hit", "engagement")
MONTHS_AHEAD = 3
# Any number does, as long as it is always this one.
_LOCK_KEY = 7_355_608


def migrate(settings: Settings) -> list[str]:
    """Run what has not been run yet and return its names, in order. Waits for another migrator."""
    with db.connection(), _alone(settings):
        names = Runner(db.database.obj, str(MIGRATIONS)).up()
        return [str(name) for name in names]


def pending() -> list[str]:
    """Names of migrations that this database has not seen."""
    found = Runner(db.database.obj, str(MIGRATIONS)).status()
    return [each.name for each in found if each.applied is None]


def add_partitions(now: datetime) -> list[str]:
    """On PostgreSQL, make the monthly partitions from this month on; returns the new ones."""
    if not db.is_postgres():
        return []
    made = []
    for table in PARTITIONED:
        for start, end in _months(now):
            name = f"{table}_{start:%Y%m}"
            if db.one("SELECT to_regclass(%s)", [name]) == (None,) and not _has_rows(table, start):
                db.execute(
                    f"CREATE TABLE {name} PARTITION OF {table}"
                    f" FOR VALUES FROM ('{start:%Y-%m-%d}') TO ('{end:%Y-%m-%d}')"
                )
                made.append(name)
    return made


def _has_rows(table: str, start: datetime) -> bool:
    # PostgreSQL refuses a partition for rows that the default one holds already; they stay there.
    column = "received_at" if table == "hit" else "occurred_at"
    sql = f"SELECT 1 FROM {table}_default WHERE {column} >= %s LIMIT 1"
    return db.one(sql, [start]) is not None


def _months(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS_AHEAD + 1):
        end = start.replace(
            year=start.year + (start.month == 12), month=1 if start.month == 12 else start.month + 1
        )
        yield start, end
        start = end


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
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
