"""Bringing new links from the main database into the edge's own book.

    every 0.5 s   links made in the last 10 s before the last pull
    every 30 s    ... in the last 5 minutes: commits overtake each other, so that a link made
                  earlier may become visible later
    every day     the whole table, a chunk a pull, so that nothing stays missing

A click on a link that is not in the book yet is answered by the drain (see `linkdoor`).
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from backend import db
from backend.tracking.linkbook import Link, LinkBook
from backend.tracking.tokens import quarter_of_token

EVERY = timedelta(seconds=0.5)
OVERLAP = timedelta(seconds=10)
WIDE_EVERY = timedelta(seconds=30)
WIDE_OVERLAP = timedelta(minutes=5)
MARK_EVERY = timedelta(seconds=30)
FULL_EVERY = timedelta(days=1)
CHUNK = 10_000
MOST_CHUNKS = 10  # a pull; then hits have their turn
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """Behind this link, in the order of the walk."""

    created_at: datetime
    token: str = ""


class LinkPull:
    """Pulls on; remembers in a small file beside the book about how far it has come."""

    def __init__(self, book: LinkBook, mark: Path, chunk: int = CHUNK) -> None:
        self._book = book
        self._mark = mark
        self._chunk = chunk
        self._since, self._compared_at = _read(mark) if book.count() else (BEGINNING, BEGINNING)
        self._marked = (BEGINNING, BEGINNING)
        self._pulled_at = self._widened_at = self._begun_at = BEGINNING
        self._walk: Place | None = None
        self._comparison: Place | None = None

    def pull(self, now: datetime) -> int:
        """Add links that the book lacks, at most every `EVERY`; how many they were.

        Raises what the database raises; the next call begins where this one did.
        """
        if abs(now - self._pulled_at) < EVERY and self._walk is None:
            return 0
        count = self._follow(now) + self._compare(now)
        self._pulled_at = now
        self._remember()
        return count

    def close(self) -> None:
        """Close the book."""
        self._book.close()

    def _remember(self) -> None:
        """Write the mark where it says something new; an older one means a longer walk, no more.

        Not at each pull: in a backlog it now and then waits some 10 ms for a disk that is busy with
        the drain's batches, and while nothing comes nothing needs to be written.
        """
        since, compared_at = self._marked
        if abs(self._since - since) >= MARK_EVERY or self._compared_at != compared_at:
            self._mark.write_text(f"{self._since.isoformat()} {self._compared_at.isoformat()}")
            self._marked = self._since, self._compared_at

    def _follow(self, now: datetime) -> int:
        """Walk from the last pull's time, less an overlap, to the newest link."""
        if self._walk is None:
            self._begun_at = now
            self._walk = Place(min(self._since, now) - self._overlap(now))
        count = 0
        for _ in range(MOST_CHUNKS):
            added, self._walk = self._take(self._walk)
            count += added
            if self._walk is None:
                if self._since == BEGINNING:
                    self._compared_at = self._begun_at
                self._since = self._begun_at
                break
        return count

    def _overlap(self, now: datetime) -> timedelta:
        if abs(now - self._widened_at) < WIDE_EVERY:
            return OVERLAP
        self._widened_at = now
        return WIDE_OVERLAP

    def _compare(self, now: datetime) -> int:
        """Once a day walk over the whole table, a chunk a call."""
        if self._comparison is None:
            if abs(now - self._compared_at) < FULL_EVERY:
                return 0
            self._comparison = Place(BEGINNING)
        count, self._comparison = self._take(self._comparison)
        if self._comparison is None:
            self._compared_at = now
        return count

    def _take(self, place: Place) -> tuple[int, Place | None]:
        """Add what the book lacks of the next chunk; how much, and where to go on."""
        found = db.rows(
            "SELECT token, url, created_at FROM link_target"
            " WHERE created_at >= %s AND (created_at > %s OR token > %s)"
            " ORDER BY created_at, token LIMIT %s",
            [place.created_at, *place, self._chunk],
        )
        missing = [
            Link(token, url, quarter_of_token(token))
            for token, url, _ in found
            if self._book.get(token) != url
        ]
        if missing:
            self._book.put_many(missing)
        token, _, created_at = found[-1] if found else ("", "", BEGINNING)
        return len(missing), Place(created_at, token) if len(found) == self._chunk else None


def target_of(token: str) -> str | None:
    """Where a click token leads, straight from the main database by a connection of its own.

    None for a token that no link has.
    """
    with db.connection():
        row = db.one("SELECT url FROM link_target WHERE token = %s", [token])
        return row[0] if row else None


def _read(mark: Path) -> tuple[datetime, datetime]:
    """The times of the last pull and the last comparison; the beginning if they cannot be read."""
    with suppress(OSError, ValueError):
        since, compared_at = map(datetime.fromisoformat, mark.read_text().split())
        if since.tzinfo and compared_at.tzinfo:
            return since, compared_at
    return BEGINNING, BEGINNING
