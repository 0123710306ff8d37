"""The writer of the hit log: everything that has come in by now, one commit, all answers, again.

There is no timer and no thread. Whatever the event loop found waiting in one turn shares a commit;
while that waits for the disk the next requests gather in their sockets, so the batch grows with the
load and a lone hit waits for nobody. A thread beside the loop was measured: the two fight for the
interpreter lock, and batches of half the size take turns on the disk (docs/decisions/0015).
"""

import logging
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Sequence
from datetime import date

from backend import clock
from backend.edge.arrivals import Arrival, HitMaker
from backend.edge.vitals import Vitals
from backend.tracking.hitlog import HitSink, NotStored, OutcomeUnknown, Row, Tally
from backend.tracking.mac import Mac

IDLE_S = 1.0

log = logging.getLogger(__name__)


class Writer:
    """Stores arrivals through a sink, and answers them. Lives in one event loop."""

    def __init__(self, sink: HitSink, maker: HitMaker, vitals: Vitals) -> None:
        self._sink = sink
        self._maker = maker
        self._vitals = vitals
        self._gathering: list[Arrival] = []
        self._loop: AbstractEventLoop
        self._tidying: TimerHandle
        self._mac: Mac
        self._mac_day = date.min
        self._told = Tally()

    def start(self, loop: AbstractEventLoop) -> None:
        """Begin, in that event loop."""
        self._loop = loop
        self._tidying = loop.call_later(IDLE_S, self._tidy)

    def stop(self) -> None:
        """Store what still waits, then give the log back."""
        self._tidying.cancel()
        self.commit()
        self._tidy_up()
        self._sink.close()

    def put(self, arrival: Arrival) -> None:
        """Let it wait for the next commit, in this turn of the loop, and be answered after it."""
        if not self._gathering:
            self._loop.call_soon(self.commit)
        self._gathering.append(arrival)

    def commit(self) -> None:
        """Store what waits, and answer it; nothing happens if nothing does."""
        batch, self._gathering = self._gathering, []
        if not batch:
            return
        is_stored = self._store(batch)
        for request, _, _, _, answer, otherwise, _ in batch:
            request.answer(answer if is_stored else otherwise)

    def _store(self, batch: Sequence[Arrival]) -> bool:
        vitals = self._vitals
        count = sum(token is not None for _, _, token, *_ in batch)
        try:
            self._append(self._maker.rows(batch, self._mac_of_today()))
        except OutcomeUnknown as error:
            vitals.unknown += count
            self._complain(error.detail)
        except NotStored as error:
            vitals.not_stored += count
            self._complain(error.detail)
        except Exception as error:
            # A hit that cannot be written must not go without an answer.
            vitals.not_stored += count
            log.exception("hits could not be written")
            self._complain(repr(error))
        else:
            vitals.stored += count
            return True
        return False

    def _append(self, hits: Sequence[Row]) -> None:
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

    def _mac_of_today(self) -> Mac:
        """Under the salt of the day."""
        today = clock.now().date()
        if today > self._mac_day:
            self._mac, self._mac_day = Mac(self._sink.salt(today)), today
        return self._mac

    def _tidy(self) -> None:
        self._tidying = self._loop.call_later(IDLE_S, self._tidy)
        self._tidy_up()

    def _tidy_up(self) -> None:
        """Use a moment: write the counters, prune, and see whether a failed log is back."""
        try:
            self._mac_of_today()
            self._append(())
            self._sink.tidy()
        except NotStored as error:
            self._complain(error.detail)

    def _complain(self, fault: str) -> None:
        if not self._vitals.fault:
            log.error("%s Hits are answered and counted as not stored.", fault)
        self._vitals.fault = fault
