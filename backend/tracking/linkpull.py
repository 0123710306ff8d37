"""Bringing new links from the main database into the edge's own book.

By time of creation with five minutes of overlap, because commits overtake each other: a link made
earlier may become visible later.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend import clock, db
from backend.tracking.linkbook import Link, LinkBook
from backend.tracking.tokens import quarter_of_token

OVERLAP = timedelta(minutes=5)
EVERY_S = 0.5
FULL_EVERY = timedelta(days=1)
CHUNK = 10_000
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class LinkPull:
    """Pulls on; remembers in a small file beside the book how far it has come."""

    def __init__(self, book: LinkBook, mark: Path) -> None:
        self._book = book
        self._mark = mark
        self._since = _read(mark) if book.count() else BEGINNING
        self._recent: dict[str, datetime] = {}
        self._pulled_at = float("-inf")
        self._full_at = self._since

    def pull(self, now: datetime) -> int:
        """Add links made since the last pull, at most every `EVERY_S`; how many were new to it.

        Once a day the whole table is compared, so that nothing can stay missing for long.
        """
        if clock.monotonic() - self._pulled_at < EVERY_S:
            return 0
        is_full = now - self._full_at > FULL_EVERY
        count = self._take(BEGINNING if is_full else self._since - OVERLAP)
        self._since = now
        self._full_at = now if is_full else self._full_at
        self._recent = {token: at for token, at in self._recent.items() if at >= now - 2 * OVERLAP}
        self._mark.write_text(now.isoformat())
        self._pulled_at = clock.monotonic()
        return count

    def close(self) -> None:
        """Close the book."""
        self._book.close()

    def _take(self, since: datetime) -> int:
        count, after = 0, ""
        while True:
            found = db.rows(
                "SELECT token, url, created_at FROM link_target"
                " WHERE created_at >= %s AND (created_at > %s OR token > %s)"
                " ORDER BY created_at, token LIMIT %s",
                [since, since, after, CHUNK],
            )
            new = [row for row in found if row[0] not in self._recent]
            if new:
                self._book.put_many(
                    Link(token, url, quarter_of_token(token)) for token, url, _ in new
                )
                self._recent.update((token, at) for token, _, at in new)
                count += len(new)
            if len(found) < CHUNK:
                return count
            after, since = found[-1][0], found[-1][2]


def target_of(token: str) -> str | None:
    """Where a click token leads, straight from the main database, with a connection of its own."""
    with db.connection():
        row = db.one("SELECT url FROM link_target WHERE token = %s", [token])
        return row[0] if row else None


def _read(mark: Path) -> datetime:
    with suppress(OSError, ValueError):
        return datetime.fromisoformat(mark.read_text())
    return BEGINNING
