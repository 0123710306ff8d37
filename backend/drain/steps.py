"""One batch after another out of the hit log into the database, and links to the edge.

While there is more to do, the next batches are read beside the work on this one: on SQLite beside
its commit, on PostgreSQL while takers are at work, which have the next one in hand before they have
done with this (docs/decisions/0041, 0050, 0052). While the database is away the hits wait in the
log.
"""

import gc
import logging
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import NamedTuple

from backend import clock, db
from backend.bell import Bell
from backend.drain import taking
from backend.drain.pace import Pace
from backend.drain.place import Place
from backend.drain.takers import Parts, TakerLost, Takers
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
READ = 3  # batches that were read, on PostgreSQL in a backlog
IN_HAND = 2  # of which takers have
GAP_S = 0.005  # longer than others on SQLite take to look for the lock again
LONGEST_WAIT_S = 5.0

log = logging.getLogger(__name__)


class Planned(NamedTuple):
    """A batch that was read, with the targets of its tokens, and its parts for takers, if any.

    If it `is_whole` there may be more behind it.
    """

    batch: Batch
    is_whole: bool
    targets: Mapping[str, Target]
    parts: Parts | None


class Begun(NamedTuple):
    """Since when takers are at a batch, and what was refused of its first part.

    Their work may be committed long before the place is: a batch that comes again changes nothing.
    """

    at: float
    refused: Refused


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
        self._source = source
        self._place = Place(source, sync)
        self._links = LinkPull(LinkBook(settings.links_db), settings.links_db.with_suffix(".mark"))
        self._reading = ThreadPoolExecutor(1, "read")
        self._takers = takers or Takers(settings)
        self._planned: deque[Planned] = deque()  # this batch and those behind it
        self._begun: deque[Begun] = deque()  # of the first ones of these
        self._ended_at = 0.0

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
            self._place.forget()
            with suppress(TakerLost):
                self._forget_ahead()
            raise

    def close(self) -> None:
        """Mark what is committed as done; let the takers, the log and the link book go."""
        with suppress(*AWAY):  # the next drain finds its place by the database
            self._place.settle()
        self._place.close()
        self._reading.shutdown()
        self._takers.close()
        self._source.close()
        self._links.close()

    def _step(self) -> int:
        if self._place.find():
            self._forget_ahead()
        self._links.pull(clock.now())
        if not self._planned:
            self._planned.append(self._plan(self._place.position))
        planned = self._planned[0]
        self.is_behind = planned.is_whole
        if planned.parts:
            self._keep_by_takers(planned.batch)
        elif planned.batch.hits:
            self._keep(planned)
        self._planned.popleft()
        if not self.is_behind:
            self._place.settle()
            self._takers.rest()
        return len(planned.batch.hits)

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
                if planned.is_whole and len(self._planned) == 1:
                    # Beside the commit, which needs no Python.
                    ahead.append(self._reading.submit(self._plan_aside, batch.position))
        finally:
            wait(ahead)
        self._planned.extend(one.result() for one in ahead)
        self._place.is_behind(batch)
        if planned.is_whole and not db.is_postgres():
            time.sleep(GAP_S)

    def _keep_by_takers(self, batch: Batch) -> None:
        self._begin_planned()
        while len(self._planned) < READ and self._planned[-1].is_whole:
            self._planned.append(self._plan(self._planned[-1].batch.position))
            self._begin_planned()
        refused = self._takers.refused()
        begun, now = self._begun.popleft(), clock.monotonic()
        self._pace.note(len(batch.hits), now - max(begun.at, self._ended_at))
        self._ended_at = now
        self._begin_planned(done=1)
        with db.transaction():
            self._remember(batch, begun.refused + refused)
        self._place.is_behind(batch)

    def _begin_planned(self, done: int = 0) -> None:
        """Put what was read into the takers' hands, but for those that are done."""
        for planned in [*self._planned][done + len(self._begun) : done + IN_HAND]:
            if not planned.parts:
                break
            self._begin(planned.parts)

    def _begin(self, parts: Parts) -> None:
        refused = Refused()
        if parts.first.hits:
            with db.transaction():
                refused = taking.take(*parts.first)
        self._begun.append(Begun(clock.monotonic(), refused))
        self._takers.send(parts.halves)

    def _forget_ahead(self) -> None:
        """Know nothing of what was read, of which nobody is at work then. Raises TakerLost."""
        self._planned.clear()
        self._begun.clear()
        self._takers.forget()

    def _remember(self, batch: Batch, refused: Refused) -> None:
        """Count what was refused together with the place, so that it is never counted again."""
        refusals.count(refused)
        self._place.remember(batch)


def run(
    settings: Settings, begin: Callable[[], None] | None = None, size: int | None = None
) -> int:
    """Drain until SIGTERM or SIGINT comes, `size` as a Drain takes it; returns the exit code.

    `begin` is called in each process that is started on the way.
    """
    stop = Bell()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.ring())
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


def _loop(drain: Drain, stop: Bell) -> None:
    wait_s = 0.0
    while not stop.is_rung_in(wait_s):
        try:
            drain.step()
        except AWAY as error:
            log.warning("the database or the log is away: hits wait (%s)", type(error).__name__)
            wait_s = min(max(wait_s, TICK_S) * 2, LONGEST_WAIT_S)
            continue
        wait_s = 0.0
        if not drain.is_behind:
            gc.collect(0)
            wait_s = TICK_S
