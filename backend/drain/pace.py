"""How many hits a batch takes: as many as are taken in while others can wait for the lock.

On SQLite everybody else who writes, a rep who sends a mail among them, waits while a batch is taken
in. So the time is bounded and not the number: a machine that is slow or busy takes fewer hits at
once (docs/decisions/0051).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from backend import clock

FIRST = 5_000  # hits, before anything was measured
LEAST = 500  # each batch costs some ms of its own
MOST = 10_000
HELD_S = 0.75


class Pace:
    """`size` is how many hits the next batch takes; always `fixed`, if that is given."""

    def __init__(self, fixed: int | None = None) -> None:
        self.size = fixed or FIRST
        self._is_fixed = fixed is not None

    @contextmanager
    def measured(self, hits: int) -> Iterator[None]:
        """Learn from how long it takes to take in so many hits."""
        start = clock.monotonic()
        yield
        self.note(hits, clock.monotonic() - start)

    def note(self, hits: int, seconds: float) -> None:
        """Know that so many hits took so long."""
        if self._is_fixed or hits < self.size:  # a few hits say nothing of many
            return
        fitting = int(hits * HELD_S / max(seconds, 0.001))  # a coarse clock may say 0
        self.size = max(LEAST, min(MOST, 2 * self.size, fitting))
