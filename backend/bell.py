"""A bell that a signal handler may ring, to end what its process waits for.

Not threading.Event: a handler runs between two lines of the thread that it interrupts. If that one
is just inside the event it holds the lock that the handler needs, and both wait for ever.
"""

from contextlib import suppress
from queue import Empty, SimpleQueue


class Bell:
    """Is rung by anybody at any time; one waits for it."""

    def __init__(self) -> None:
        # Its put may interrupt any call of its own thread.
        # Source: https://docs.python.org/3/library/queue.html#queue.SimpleQueue.put (2026-11-28).
        self._rung: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """End one wait: the one that goes on, or the next one."""
        self._rung.put(None)

    def is_rung_in(self, seconds: float) -> bool:
        """Whether it is rung by then; comes back as soon as it is."""
        with suppress(Empty):
            self._rung.get(timeout=seconds)
            return True
        return False
