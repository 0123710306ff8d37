"""The drain: moves hits out of the edge's log into the main database, and links to the edge.

    hit log --read--> one transaction: facts, engagements, counters, place --sync, done--> hit log
    link_target --pull--> links.db         link door <-- a click on a link not pulled yet

A batch is marked as done only once its commit is safe on the disk, and the commit remembers the
place, so a crash between the two repeats nothing. While there is more to do, the disk is waited for
beside the next batch (docs/decisions/0040). While the database is away the hits wait in the log.
"""

import gc
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import NamedTuple

from backend import clock, db
from backend.errors import Unavailable
from backend.settings import Settings
from backend.tracking import engagements
from backend.tracking.facts import RawHit
from backend.tracking.hitlog import Batch, HitSource, open_source
from backend.tracking.linkbook import LinkBook
from backend.tracking.linkdoor import serve_links
from backend.tracking.linkpull import LinkPull, target_of

TICK_S = 0.05
BATCH = 5_000  # a commit is an fsync: 2,000 spent a seventh of the time on it
LONGEST_WAIT_S = 5.0
HIT_MAX = 4_000
REASON_MAX = 500

log = logging.getLogger(__name__)

AWAY = (*db.AWAY, Unavailable)


class Behind(NamedTuple):
    """A batch that is committed and not marked as done yet, and the sync that it waits for."""

    position: str
    sync: Future[None]


class Drain:
    """One edge's drain: `step` until there is nothing left to do for now.

    At most `size` hits to a step. `sync` waits until the disk has every commit so far.
    """

    def __init__(
        self,
        settings: Settings,
        source: HitSource,
        size: int = BATCH,
        sync: Callable[[], None] = db.sync,
    ) -> None:
        self.size = size
        self._sync = sync
        self._source = source
        self._links = LinkPull(LinkBook(settings.links_db), settings.links_db.with_suffix(".mark"))
        self._log_id = ""
        self._syncing = ThreadPoolExecutor(1, "sync")
        self._behind: Behind | None = None

    def step(self) -> int:
        """Move one batch and pull new links; how many hits were read.

        A whole batch, behind which there may be more, is marked as done by a later step. Raises
        what the database, its disk and the log raise; nothing is lost by that and the next step
        tries again.
        """
        try:
            with db.connection():
                return self._step()
        except Exception:
            self._behind, self._log_id = None, ""  # the next step asks the database how far we are
            raise

    def close(self) -> None:
        """Mark what is committed as done, and let the log and the link book go."""
        with suppress(*AWAY):  # the next drain finds its place by the database
            self._settle()
        self._syncing.shutdown()
        self._source.close()
        self._links.close()

    def _step(self) -> int:
        self._find_place()
        self._links.pull(clock.now())
        batch = self._source.read(self.size, self._behind.position if self._behind else "")
        if batch.hits:
            self._keep(batch)
        if len(batch.hits) < self.size:
            self._settle()
        return len(batch.hits)

    def _find_place(self) -> None:
        log_id = self._source.log_id()
        if log_id == self._log_id:
            return
        self._sync()  # the place may be that of a drain that died before its last sync
        row = db.one("SELECT position FROM drained_log WHERE log_id = %s", [log_id])
        if row:
            self._source.done(row[0])
        self._log_id = log_id

    def _keep(self, batch: Batch) -> None:
        with db.transaction():
            self._record(batch.hits)
            db.execute(
                "INSERT INTO drained_log (log_id, position, drained_at) VALUES (%s, %s, %s)"
                " ON CONFLICT (log_id) DO UPDATE"
                " SET position = excluded.position, drained_at = excluded.drained_at",
                [self._log_id, batch.position, clock.now()],
            )
        self._settle()
        self._behind = Behind(batch.position, self._syncing.submit(self._sync))

    def _settle(self) -> None:
        """Mark the last batch but this one as done, once the disk has it."""
        if self._behind:
            self._behind.sync.result()
            self._source.done(self._behind.position)
            self._behind = None

    def _record(self, hits: Sequence[RawHit]) -> None:
        """Take the hits in; one that cannot be is set aside, so that it holds up no other."""
        try:
            with db.transaction():  # of its own, so that a failed half leaves nothing
                engagements.record(hits)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 (whatever one hostile hit raises, others wait behind it)
            if len(hits) == 1:
                _set_aside(hits[0], error)
                return
            middle = len(hits) // 2
            self._record(hits[:middle])
            self._record(hits[middle:])


def _set_aside(hit: RawHit, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:REASON_MAX]
    log.error("a hit cannot be taken in and is set aside (%s)", type(error).__name__)
    db.execute(
        "INSERT INTO set_aside_hit (id, hit, reason, set_aside_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        [clock.new_id(), printable(repr(hit)), printable(reason), clock.now()],
    )


def printable(text: str) -> str:
    """At most `HIT_MAX` characters that every engine takes."""
    return text[:HIT_MAX].encode("ascii", "backslashreplace").decode().replace("\0", "")


def run(settings: Settings, size: int = BATCH) -> int:
    """Drain until SIGTERM or SIGINT comes, at most `size` hits at once; returns the exit code."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setter(stop))
    drain = Drain(settings, open_source(settings), size)
    # A batch makes some 200,000 short-lived objects and no cycle among them; the collector's walks
    # over them took a fifth of the time. It runs between batches, when there is nothing to do.
    gc.disable()
    door = serve_links(settings.drain_socket, target_of)
    try:
        _loop(drain, stop)
    finally:
        door.close()
        drain.close()
    return 0


def _loop(drain: Drain, stop: Event) -> None:
    wait = TICK_S
    while not stop.is_set():
        try:
            moved = drain.step()
        except AWAY as error:
            log.warning("the database or the log is away: hits wait (%s)", type(error).__name__)
            wait = min(wait * 2, LONGEST_WAIT_S)
            stop.wait(wait)
            continue
        wait = TICK_S
        if moved < drain.size:
            gc.collect(0)
            stop.wait(TICK_S)


def _setter(stop: Event) -> Callable[[int, FrameType | None], None]:
    return lambda _number, _frame: stop.set()
