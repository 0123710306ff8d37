"""One batch after another out of the hit log into the database, and links to the edge.

A batch is marked as done only once its commit is safe on the disk, and the commit remembers the
place, so a crash between the two repeats nothing. While there is more to do, the next batch is read
beside the commit, and the disk is waited for beside the next batch (docs/decisions/0040, 0050).
While the database is away the hits wait in the log.
"""

import gc
import logging
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event
from typing import NamedTuple

from backend import clock, db
from backend.drain import taking
from backend.drain.pace import Pace
from backend.drain.takers import Parts, Takers
from backend.drain.taking import AWAY
from backend.settings import Settings
from backend.tracking import refusals
from backend.tracking.hitlog import Batch, HitSource, open_source
from backend.tracking.linkbook import LinkBook
from backend.tracking.linkdoor import serve_links
from backend.tracking.linkpull import LinkPull, target_of
from backend.tracking.refusals import Refused
from backend.tracking.targets import Target, targets_of

TICK_S = 0.05
GAP_S = 0.005  # longer than others on SQLite take to look for the lock again
LONGEST_WAIT_S = 5.0

log = logging.getLogger(__name__)


class Behind(NamedTuple):
    """A batch that is committed and not marked as done yet, and the sync that it waits for."""

    position: str
    sync: Future[None]


class Planned(NamedTuple):
    """A batch that was read, with the targets of its tokens, and its parts for takers, if any.

    If it `is_whole` there may be more behind it.
    """

    batch: Batch
    is_whole: bool
    targets: Mapping[str, Target]
    parts: Parts | None


class Drain:
    """One edge's drain: `step` until there is nothing left to do for now.

    At most `size` hits to a step; left out, what `pace` says. It `is_behind` if there may be more
    to do at once. `sync` waits until the disk has every commit so far.
    """

    def __init__(
        self,
        settings: Settings,
        source: HitSource,
        size: int | None = None,
        sync: Callable[[], None] = db.sync,
        takers: Takers | None = None,
    ) -> None:
        self.is_behind = False
        self._pace = Pace(size)
        self._sync = sync
        self._source = source
        self._links = LinkPull(LinkBook(settings.links_db), settings.links_db.with_suffix(".mark"))
        self._log_id = ""
        self._place = ""  # the log and its reader, by which the place is kept
        self._syncing = ThreadPoolExecutor(1, "sync")
        self._reading = ThreadPoolExecutor(1, "read")
        self._takers = takers or Takers(settings)
        self._behind: Behind | None = None
        self._ahead: Planned | None = None

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
            self._behind, self._ahead, self._log_id = None, None, ""  # the database knows
            raise

    def close(self) -> None:
        """Mark what is committed as done; let the takers, the log and the link book go."""
        with suppress(*AWAY):  # the next drain finds its place by the database
            self._settle()
        self._syncing.shutdown()
        self._reading.shutdown()
        self._takers.close()
        self._source.close()
        self._links.close()

    def _step(self) -> int:
        self._find_place()
        self._links.pull(clock.now())
        planned = self._ahead or self._plan(self._behind.position if self._behind else "")
        self._ahead = None
        self.is_behind = planned.is_whole
        if planned.parts:
            self._keep_by_takers(planned, planned.parts)
        elif planned.batch.hits:
            self._keep(planned)
        if not self.is_behind:
            self._settle()
            self._takers.rest()
        return len(planned.batch.hits)

    def _find_place(self) -> None:
        log_id = self._source.log_id()
        if log_id != self._log_id:
            self._ahead = None
        elif not self._source.takes_over():
            return
        self._place = f"{log_id} {self._source.reader}".rstrip()
        places = db.rows(
            "SELECT log_id, position FROM drained_log WHERE log_id = %s OR log_id LIKE %s",
            [log_id, f"{log_id} %"],
        )
        self._sync()  # a place may be that of a drain that died before its last sync
        for place, position in places:
            self._source.done(position)
            if place != self._place:
                self._forget(place, position)
        self._log_id = log_id

    def _forget(self, place: str, position: str) -> None:
        """Let another reader's place go that says nothing any more, unless it has moved on."""
        db.execute("DELETE FROM drained_log WHERE log_id = %s AND position = %s", [place, position])

    def _plan(self, after: str) -> Planned:
        size = self._pace.size
        batch = self._source.read(size, after)
        targets = targets_of(batch.hits)
        parts = self._takers.part(batch.hits, targets)
        return Planned(batch, len(batch.hits) >= size, targets, parts)

    def _plan_aside(self, after: str) -> Planned:
        with db.connection():
            return self._plan(after)

    def _keep(self, planned: Planned) -> None:
        batch, ahead = planned.batch, list[Future[Planned]]()
        try:
            with db.transaction(), self._pace.measured(len(batch.hits)):
                self._remember(batch, taking.take(batch.hits, planned.targets))
                if planned.is_whole:  # beside the commit, which needs no Python
                    ahead.append(self._reading.submit(self._plan_aside, batch.position))
        finally:
            wait(ahead)
        self._ahead = ahead[0].result() if ahead else None
        self._is_kept(batch)
        if planned.is_whole and not db.is_postgres():
            time.sleep(GAP_S)

    def _keep_by_takers(self, planned: Planned, parts: Parts) -> None:
        batch = planned.batch
        with db.transaction():
            asked = taking.take(*parts.first)
        with self._pace.measured(len(batch.hits)):
            self._takers.send(parts.halves)
            try:
                if planned.is_whole:
                    self._ahead = self._plan(batch.position)
            finally:
                refused = self._takers.refused()
        with db.transaction():
            self._remember(batch, asked + refused)
        self._is_kept(batch)

    def _remember(self, batch: Batch, refused: Refused) -> None:
        """Count what was refused together with the place, so that it is never counted again."""
        refusals.count(refused)
        db.execute(
            "INSERT INTO drained_log (log_id, position, drained_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (log_id) DO UPDATE"
            " SET position = excluded.position, drained_at = excluded.drained_at",
            [self._place, batch.position, clock.now()],
        )

    def _is_kept(self, batch: Batch) -> None:
        self._settle()
        self._behind = Behind(batch.position, self._syncing.submit(self._sync))
        self._syncing.submit(db.copy_log)

    def _settle(self) -> None:
        """Mark the last batch but this one as done, once the disk has it."""
        if self._behind:
            self._behind.sync.result()
            self._source.done(self._behind.position)
            self._behind = None


def run(
    settings: Settings, begin: Callable[[], None] | None = None, size: int | None = None
) -> int:
    """Drain until SIGTERM or SIGINT comes, `size` as a Drain takes it; returns the exit code.

    `begin` is called in each process that is started on the way.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    drain = Drain(settings, open_source(settings), size, takers=Takers(settings, begin))
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
            drain.step()
        except AWAY as error:
            log.warning("the database or the log is away: hits wait (%s)", type(error).__name__)
            wait = min(wait * 2, LONGEST_WAIT_S)
            stop.wait(wait)
            continue
        wait = TICK_S
        if not drain.is_behind:
            gc.collect(0)
            stop.wait(TICK_S)
