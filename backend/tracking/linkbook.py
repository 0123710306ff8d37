"""The edge's own copy of the link table (links.db): where each click token leads.

The drain writes it, by upsert, because commits overtake each other and the same link may come
twice; the edge reads it. It needs nothing else, so an exported links.db keeps old links working
after everything else is gone. Nothing here is ever deleted.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.errors import Unavailable

SCHEMA = """
    CREATE TABLE IF NOT EXISTS link (
        token TEXT PRIMARY KEY, url TEXT NOT NULL, quarter INTEGER NOT NULL) WITHOUT ROWID;
"""
_PUT = """
    INSERT INTO link VALUES (?, ?, ?)
    ON CONFLICT (token) DO UPDATE SET url = excluded.url, quarter = excluded.quarter
"""
_BUSY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Link:
    """A wrapped link: its click token, its target as the mail meant it, and the token's quarter."""

    token: str
    url: str
    quarter: int


class LinkBook:
    """links.db as the drain holds it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL").fetchall()
        self._db.execute("PRAGMA synchronous = NORMAL")  # it can be pulled again
        self._db.executescript(SCHEMA)

    def put_many(self, links: Iterable[Link]) -> int:
        """Add or correct these links in one transaction; returns how many there were."""
        rows = [(link.token, link.url, link.quarter) for link in links]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(_PUT, rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return len(rows)

    def get(self, token: str) -> str | None:
        """The target of that token, or None."""
        row = self._db.execute("SELECT url FROM link WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

    def count(self) -> int:
        """How many links the book holds."""
        (count,) = self._db.execute("SELECT count(*) FROM link").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class LinkReader:
    """links.db as the edge reads it: opened when it is there, opened anew when it fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def get(self, token: str) -> str | None:
        """The target of that token, or None. Raises Unavailable if the book cannot be read."""
        if not self._db and not self._path.exists():
            return None
        try:
            self._db = self._db or self._open()
            row = self._db.execute("SELECT url FROM link WHERE token = ?", (token,)).fetchone()
        except sqlite3.Error as error:
            self.close()
            raise Unavailable(f"{self._path} cannot be read: {error}.") from error
        return row[0] if row else None

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        db.execute("PRAGMA query_only = ON")
        return db
