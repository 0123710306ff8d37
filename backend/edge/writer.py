"""The one thread that writes the hit log: everything that waits, one commit, all answers, again.

There is no timer: while one commit waits for the disk the next hits gather in the event loop, so
the batch grows with the load and a lone hit waits for nobody. The loop hands batches over, rather
than the thread fetching hit by hit, because each of those would be a fight for the interpreter
lock.
"""

import logging
from asyncio import AbstractEventLoop, Future
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from queue import Empty, SimpleQueue
from threading import Thread

from backend import clock
from backend.edge.arrivals import Arrival, HitMaker
from backend.edge.vitals import Vitals
from backend.tracking.facts import RawHit
from backend.tracking.hitlog import HitSink, NotStored, OutcomeUnknown, Tally

IDLE_S = 1.0

log = logging.getLogger(__name__)


class Writer:
    """Stores arrivals through a sink that only its thread touches."""

    def __init__(self, sink: HitSink, maker: HitMaker, vitals: Vitals) -> None:
        self._sink = sink
        self._maker = maker
        self._vitals = vitals
        self._gathering: list[Arrival] = []
        self._is_busy = False
        self._batches: SimpleQueue[list[Arrival] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="hit writer", daemon=True)
        self._loop: AbstractEventLoop
        self._salt = b""
        self._salt_day = date.min
        self._told = Tally()

    def start(self, loop: AbstractEventLoop) -> None:
        """Begin; answers are handed over in that event loop."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Store what still waits, then give the log back. The event loop has ended."""
        self._batches.put(self._gathering)
        self._batches.put(None)
        self._thread.join()

    def put(self, arrival: Arrival) -> "Future[bool]":
        """Let it wait for the next commit; the result says whether the log then has it.

        Called in the event loop.
        """
        self._gathering.append(arrival)
        if not self._is_busy:
            self._is_busy = True
            # Not at once: whatever else arrived in this turn of the loop shares the commit.
            self._loop.call_soon(self._hand_over)
        return arrival.stored

    def _hand_over(self) -> None:
        batch, self._gathering = self._gathering, []
        self._is_busy = bool(batch)
        if batch:
            self._batches.put(batch)

    def _answer(self, batch: Sequence[Arrival], is_stored: bool) -> None:
        self._hand_over()  # first, so that the disk works while we answer
        for arrival in batch:
            if not arrival.stored.done():  # its client may have hung up
                arrival.stored.set_result(is_stored)

    def _run(self) -> None:
        while True:
            try:
                batch = self._batches.get(timeout=IDLE_S)
            except Empty:
                self._tidy()
                continue
            if batch is None:
                break
            is_stored = self._store(batch)
            # Closed already when the server stops: then nobody is left to be answered.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._answer, batch, is_stored)
        self._tidy()
        self._sink.close()

    def _store(self, batch: Sequence[Arrival]) -> bool:
        vitals = self._vitals
        try:
            self._append(self._maker.hits(batch, self._salt_of_today()))
        except OutcomeUnknown as error:
            vitals.unknown += len(batch)
            self._complain(error.detail)
        except NotStored as error:
            vitals.not_stored += len(batch)
            self._complain(error.detail)
        except Exception as error:
            # A hit that cannot be written must not end the thread: then nobody would be answered.
            vitals.not_stored += len(batch)
            log.exception("hits could not be written")
            self._complain(repr(error))
        else:
            vitals.stored += len(batch)
            return True
        return False

    def _append(self, hits: Sequence[RawHit]) -> None:
        vitals, told = self._vitals, self._told
        totals = Tally(vitals.not_stored, vitals.unknown, vitals.rejected)
        news = Tally(
            totals.not_stored - told.not_stored,
            totals.unknown - told.unknown,
            totals.rejected - told.rejected,
        )
        if not (hits or news or vitals.fault):
            return
        began = clock.monotonic()
        self._sink.append(hits, news)
        vitals.commit_seconds += clock.monotonic() - began
        vitals.commits += 1
        self._told = totals
        if vitals.fault:
            vitals.fault = ""
            log.warning("the hit log takes hits again")

    def _salt_of_today(self) -> bytes:
        today = clock.now().date()
        if today > self._salt_day:
            self._salt, self._salt_day = self._sink.salt(today), today
        return self._salt

    def _tidy(self) -> None:
        """Use a quiet second: write the counters, prune, and see whether a failed log is back."""
        try:
            self._salt_of_today()
            self._append(())
            while self._sink.tidy() and self._batches.empty():
                pass
        except NotStored as error:
            self._complain(error.detail)

    def _complain(self, fault: str) -> None:
        if not self._vitals.fault:
            log.error("%s Hits are answered and counted as not stored.", fault)
        self._vitals.fault = fault
