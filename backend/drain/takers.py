"""Processes that take the two halves of a batch in side by side, on PostgreSQL in a backlog.

    drain --part by mail, send--> taker: one transaction --what was refused--> drain --> the place

Taken in by one process, a hit keeps either Python or the server busy, never both. No taker hangs on
another one or on the drain: each locks what it takes as any other transaction does, and the drain
waits for both with nothing locked. Each has its next part in hand before it is done with this one,
so that the one that is ahead need not wait for the other (docs/decisions/0052). A taker that is
lost, or a drain that dies before it has remembered the place, costs nothing either: stored hits are
known by their ids when they come again, and refused ones are counted with the place
(docs/decisions/0041).
"""

import gc
import multiprocessing
import signal
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from backend import clock, db
from backend.drain import taking
from backend.errors import Unavailable
from backend.settings import Settings
from backend.tracking.facts import UNSUBSCRIBE, RawHit
from backend.tracking.refusals import Refused
from backend.tracking.targets import Target

TAKERS = 2
LEAST = 1_000  # hits: what comes in within a tick is far less, unless there is a backlog
EVEN = 0.4  # of a batch at least, in each half; a mail stays with its taker while that is so
IDLE_S = 60.0  # a taker holds some 60 MB
END_S = 35.0  # longer than any statement may take

# Of its own, so that no lock or connection of this process's threads is copied half used.
_fresh = multiprocessing.get_context("spawn")


class Part(NamedTuple):
    """Hits that one taker takes in, with the targets of their tokens."""

    hits: list[RawHit]
    targets: dict[str, Target]

    def packed(self) -> bytes:
        """The part for a pipe: by columns, since object by object takes four times as long."""
        columns = [*zip(*self.hits, strict=True)]
        targets = [*zip(*self.targets.values(), strict=True)]
        return bytes(ForkingPickler.dumps((columns, [*self.targets], targets)))

    @classmethod
    def unpacked(cls, packed: bytes) -> "Part":
        """The part that was packed."""
        columns, tokens, targets = ForkingPickler.loads(packed)
        hits = map(RawHit._make, zip(*columns, strict=True))
        of_tokens = map(Target._make, zip(*targets, strict=True))
        return cls([*hits], dict(zip(tokens, of_tokens, strict=True)))


class Parts(NamedTuple):
    """A batch in parts; `first` is taken in before the (packed) halves, which are judged by it."""

    first: Part
    halves: list[bytes]


class TakerLost(Unavailable):
    """A part was not taken in, or nobody knows whether it was; it may be sent again."""


class Takers:
    """Starts takers when there is work for them, and ends them when there was none for a while.

    `begin` is called in each before anything else. The halves of a batch are sent, then what was
    refused of them is asked for, batch by batch in the same order.
    """

    def __init__(
        self,
        settings: Settings,
        begin: Callable[[], None] | None = None,
        least: int = LEAST,
        idle_s: float = IDLE_S,
    ) -> None:
        self._settings = settings
        self._begin = begin
        self._least = least
        self._idle_s = idle_s
        self._takers: list[_Taker] = []
        self._sent = 0  # batches of which nobody has asked yet what was refused
        self._middle = ""  # the first mail of the upper half
        self._used_at = 0.0

    def part(self, hits: Sequence[RawHit], targets: Mapping[str, Target]) -> Parts | None:
        """First what asks not to be measured or mailed, then two halves by mail.

        None if the hits are too few. One whose token has no target is in no part.
        """
        if len(hits) < self._least or not db.is_postgres():
            return None
        mails = sorted(targets[hit.token].stamp_id for hit in hits if hit.token in targets)
        if not EVEN <= bisect_left(mails, self._middle) / max(len(mails), 1) <= 1 - EVEN:
            self._middle = mails[len(mails) // 2] if mails else ""
        first, lower, upper = Part([], {}), Part([], {}), Part([], {})
        for hit in hits:
            target = targets.get(hit.token)
            if target:
                half = lower if target.stamp_id < self._middle else upper
                part = first if hit.kind is UNSUBSCRIBE else half
                part.hits.append(hit)
                part.targets[hit.token] = target
        return Parts(first, [lower.packed(), upper.packed()])

    def send(self, halves: Sequence[bytes]) -> None:
        """Have the packed halves of a batch taken in. Raises TakerLost."""
        self._used_at = clock.monotonic()
        while len(self._takers) < TAKERS:
            self._takers.append(_Taker(self._settings, self._begin))
        self._sent += 1
        try:
            for taker, half in zip(self._takers, halves, strict=True):
                taker.send(half)
        except TakerLost:
            self.close(patience_s=0)
            raise

    def refused(self) -> Refused:
        """What was refused of the batch that was sent first, once all is committed.

        Raises TakerLost; then some parts may be committed and others not.
        """
        try:
            refused = sum((taker.refused() for taker in self._takers), Refused())
        except TakerLost:
            self.close(patience_s=0)
            raise
        self._sent -= 1
        return refused

    def forget(self) -> None:
        """Wait until nobody is at work. Raises TakerLost."""
        while self._sent:
            self.refused()

    def rest(self) -> None:
        """End the takers if there was no work for long."""
        if self._takers and clock.monotonic() - self._used_at > self._idle_s:
            self.close()

    def close(self, patience_s: float = END_S) -> None:
        """End the takers, each behind what it is at unless that takes longer."""
        for taker in self._takers:
            taker.end(patience_s)
        self._takers, self._sent = [], 0


class _Taker:
    """One process, and our end of the pipe to it."""

    def __init__(self, settings: Settings, begin: Callable[[], None] | None) -> None:
        self._pipe, theirs = _fresh.Pipe()
        self._process = _fresh.Process(
            target=_serve, args=(theirs, settings, begin), name="taker", daemon=True
        )
        # Ctrl-C in a terminal reaches it, too, and it would die with a trace: the drain ends it.
        # multiprocessing's own helper is started first, since its start lets SIGINT through again.
        resource_tracker.ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()

    def send(self, part: bytes) -> None:
        try:
            self._pipe.send_bytes(part)
        except OSError:
            raise TakerLost("A taker of the drain has ended.") from None

    def refused(self) -> Refused:
        try:
            answer: Refused | str = self._pipe.recv()
        except (EOFError, OSError):
            raise TakerLost("A taker of the drain has ended.") from None
        if isinstance(answer, str):
            raise TakerLost(f"A taker of the drain could not take its part in ({answer}).")
        return answer

    def end(self, patience_s: float) -> None:
        """Let it end by itself for so long, then kill it."""
        self._pipe.close()
        self._process.join(patience_s)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


def _serve(pipe: Connection, settings: Settings, begin: Callable[[], None] | None) -> None:
    """A taker's life: it ends when the drain closes its end of the pipe, or dies."""
    if begin:
        begin()
    gc.disable()  # as in backend.drain.steps
    db.open_store(settings)
    parts: SimpleQueue[bytes | None] = SimpleQueue()
    Thread(target=_read, args=(pipe, parts), name="parts", daemon=True).start()
    with suppress(OSError):  # the drain has gone
        while (packed := _next(parts)) is not None:
            pipe.send(_answer(Part.unpacked(packed)))
    db.database.obj.close_all()


def _read(pipe: Connection, parts: "SimpleQueue[bytes | None]") -> None:
    """Put every part that comes into the queue, and None behind the last one.

    Whatever is raised: a taker that waits for a part that cannot come keeps the drain waiting, too.
    """
    try:
        with suppress(EOFError, OSError):
            while True:
                parts.put(pipe.recv_bytes())
    finally:
        parts.put(None)


def _next(parts: "SimpleQueue[bytes | None]") -> bytes | None:
    try:
        return parts.get(timeout=IDLE_S)
    except Empty:
        gc.collect(0)
        return parts.get()


def _answer(part: Part) -> Refused | str:
    try:
        with db.connection(), db.transaction():
            # What hits come for was sent lately and is in memory. By PostgreSQL's own 4 (for disks
            # that turn) whole tables are read for every part until they have millions of rows.
            db.execute("SET LOCAL random_page_cost TO 1.1")
            return taking.take(part.hits, part.targets)
    except taking.AWAY as error:
        return type(error).__name__
