"""SQLite under peewee: WAL, immediate transactions, PostgreSQL's type names."""

import sqlite3
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
import peewee

from backend import clock

BUSY_TIMEOUT_S = 10
_IDLE_CONNECTIONS = 32


class SqliteDatabase(peewee.SqliteDatabase):
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
            check_same_thread=False,
            detect_types=sqlite3.PARSE_DECLTYPES,
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
        self._idle: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            made: sqlite3.Connection = super()._connect()  # type: ignore[misc]  # not in the stubs
            # SQLite's own knows ASCII only: "Ärger" would not be found by "ärger".
            made.create_function("lower", 1, _lower, deterministic=True)
            return made

    def _close(self, conn: sqlite3.Connection) -> None:
        if len(self._idle) < _IDLE_CONNECTIONS and not conn.in_transaction:
            self._idle.append(conn)
        else:
            conn.close()

    def close_all(self) -> None:
        """Close this thread's connection and every idle one."""
        self.close()
        while self._idle:
            self._idle.pop().close()


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text


_MICROSECOND = timedelta(microseconds=1)


# The time of one hit is written some five times over.
@lru_cache(16_384)
def _micros(at: datetime) -> int | str:
    # Eight bytes that sort as time does; the ISO text's 32 made every index half as large again.
    # Only peewee's own table of migrations writes a naive time.
    return (at - clock.EPOCH) // _MICROSECOND if at.tzinfo else at.isoformat(" ")


def _time(raw: bytes) -> datetime:
    # clock.from_micros, without the call: this runs for every time of every row that is read.
    return clock.EPOCH + int(raw) * _MICROSECOND


sqlite3.register_adapter(datetime, _micros)
# These need no adapter, but the driver looks for one: to find none costs it twice to three times
# as much as to call one that gives the value back (two raised and dropped errors for each value).
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(type(None), lambda none: none)
sqlite3.register_converter("timestamptz", _time)
sqlite3.register_converter("jsonb", orjson.loads)
sqlite3.register_converter("boolean", lambda raw: raw == b"1")
