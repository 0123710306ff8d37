"""How many calls a provider was asked within a block, whichever client makes them.

with counting() as count:
...                     # each client says `add()` for each call
count.calls
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Count:
    """The calls so far."""

    calls: int = 0


_present: ContextVar[Count | None] = ContextVar("calls", default=None)


@contextmanager
def counting() -> Iterator[Count]:
    """Count the calls that this thread makes within the block."""
    count = Count()
    token = _present.set(count)
    try:
        yield count
    finally:
        _present.reset(token)


def add(calls: int = 1) -> None:
    """So many calls are made; outside of any block nobody counts."""
    count = _present.get()
    if count is not None:
        count.calls += calls
