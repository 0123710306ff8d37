"""How far a log is taken in: remembered in the database, and told to the log.

A batch is marked as done in the log only once its commit is safe on the disk, and the commit
remembers the place, so a crash between the two repeats nothing. The disk is waited for beside the
next batch (docs/decisions/0040).
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from backend import clock, db
from backend.tracking.hitlog import Batch, HitSource


class Behind(NamedTuple):
    """A batch that is committed and not marked as done yet, and the sync that it waits for."""

    position: str
    sync: Future[None]


class Place:
    """One drain's place in one log. `sync` waits until the disk has every commit so far."""

    def __init__(self, source: HitSource, sync: Callable[[], None]) -> None:
        self._source = source
        self._sync = sync
        self._log_id = ""
        self._name = ""  # of the log and its reader, by which the place is kept
        self._behind: Behind | None = None
        self._syncing = ThreadPoolExecutor(1, "sync")

    @property
    def position(self) -> str:
        """That of the last batch, if the log may not know yet that it is done."""
        return self._behind.position if self._behind else ""

    def find(self) -> bool:
        """Ask the database for the place where that is not known; whether the log is another one.

        Also where a reader of the same log has left something to this one.
        """
        log_id = self._source.log_id()
        is_new = log_id != self._log_id
        if is_new or self._source.takes_over():
            self._name = f"{log_id} {self._source.reader}".rstrip()
            self._take_over(log_id)
            self._log_id = log_id
        return is_new

    def remember(self, batch: Batch) -> None:
        """Keep the place behind this batch, in the transaction of what was counted with it."""
        db.execute(
            "INSERT INTO drained_log (log_id, position, drained_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (log_id) DO UPDATE"
            " SET position = excluded.position, drained_at = excluded.drained_at",
            [self._name, batch.position, clock.now()],
        )

    def is_behind(self, batch: Batch) -> None:
        """Know that the batch is committed; it is marked as done with the next one, or `settle`."""
        self.settle()
        self._behind = Behind(batch.position, self._syncing.submit(self._sync))
        self._syncing.submit(db.copy_log)

    def settle(self) -> None:
        """Mark the last batch as done, once the disk has it."""
        if self._behind:
            self._behind.sync.result()
            self._source.done(self._behind.position)
            self._behind = None

    def forget(self) -> None:
        """Know nothing any more: the database does."""
        self._behind, self._log_id = None, ""

    def close(self) -> None:
        """End the thread that waits for the disk."""
        self._syncing.shutdown()

    def _take_over(self, log_id: str) -> None:
        places = db.rows(
            "SELECT log_id, position FROM drained_log WHERE log_id = %s OR log_id LIKE %s",
            [log_id, f"{log_id} %"],
        )
        self._sync()  # a place may be that of a drain that died before its last sync
        for place, position in places:
            self._source.done(position)
            if place != self._name:
                self._let_go(place, position)

    def _let_go(self, place: str, position: str) -> None:
        """Let another reader's place go that says nothing any more, unless it has moved on."""
        db.execute("DELETE FROM drained_log WHERE log_id = %s AND position = %s", [place, position])
