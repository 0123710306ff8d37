"""What the edge has beside the database: hits that nobody has drained yet, and links.db.

Both are read in short steps, so that the edge and the drain never wait; into an installation they
are added to what is there, which harms nothing: a hit has its id, a link its token.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from backend.db.postgres_text import copy_lines, rows_of
from backend.errors import Conflict
from backend.tracking.hitlog import HitSink, Tally
from backend.tracking.hitlog_drained import Mark
from backend.tracking.linkbook import Link, LinkBook

HITS = ("last", "hits")
LINKS = ("token", "url", "quarter")
_PACKETS_AT_ONCE = 500
_LINKS_AT_ONCE = 5_000
_HITS_AT_ONCE = 5_000
_BUSY_TIMEOUT_S = 5.0


class HitLog:
    """hits.db as a backup reads it; `id` is "" where there is none. No salt is ever read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.id = ""
        if path.exists():
            with closing(_opened(path)) as log:
                self.id = _id_of(log, path)

    def waiting(self) -> Iterator[bytes]:
        """Lines of packets with hits that were not drained when the reading began."""
        if not self.id:
            return
        with closing(_opened(self._path)) as log:
            at = Mark(self._path).read(self.id)
            (end,) = log.execute("SELECT ifnull(max(last), 0) FROM packet").fetchone()
            sql = "SELECT last, hits FROM packet WHERE last > ? AND last <= ? ORDER BY last LIMIT ?"
            while found := log.execute(sql, (at, end, _PACKETS_AT_ONCE)).fetchall():
                yield _lines((last, bytes(hits).decode()) for last, hits in found)
                at = found[-1][0]


def links(path: Path) -> Iterator[bytes]:
    """Lines of the links in the edge's book."""
    if not path.exists():
        return
    with closing(_opened(path)) as book:
        at = ""
        sql = "SELECT token, url, quarter FROM link WHERE token > ? ORDER BY token LIMIT ?"
        while found := book.execute(sql, (at, _LINKS_AT_ONCE)).fetchall():
            yield _lines(found)
            at = found[-1][0]


def put_hits(sink: HitSink, blocks: Iterable[bytes], drained_to: int) -> int:
    """Add the hits behind that position to a log; how many they were. Raises NotStored."""
    count, waiting = 0, list[Any]()
    for block in blocks:
        for last, packed in rows_of(block.decode(), (int, None)):
            hits = orjson.loads(packed)
            waiting += hits[max(0, drained_to - (last - len(hits))) :]
            if len(waiting) >= _HITS_AT_ONCE:
                sink.append(waiting, Tally())
                count += len(waiting)
                waiting.clear()
    if waiting:
        sink.append(waiting, Tally())
    return count + len(waiting)


def put_links(path: Path, blocks: Iterable[bytes]) -> int:
    """Add the links to the book at that path; how many they were."""
    with closing(LinkBook(path)) as book:
        return sum(
            book.put_many(Link(*row) for row in rows_of(block.decode(), (None, None, int)))
            for block in blocks
        )


def _lines(rows: Iterable[tuple[Any, ...]]) -> bytes:
    return copy_lines(list(rows)).encode()


def _opened(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
    )
    opened.execute("PRAGMA query_only = ON")
    return opened


def _id_of(log: sqlite3.Connection, path: Path) -> str:
    names = {name for (name,) in log.execute("SELECT name FROM sqlite_master")}
    if "hit" in names:
        raise Conflict(f"{path} has a form of an earlier version: start the edge once, then again.")
    row = log.execute("SELECT id FROM log").fetchone() if "packet" in names else None
    return str(row[0]) if row else ""
