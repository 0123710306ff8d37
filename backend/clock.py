"""The one place that asks the system for the time and makes time-ordered ids.

A development installation may share a dial (backend.dial): then `now` runs ahead of the system by
what the dial says, in all of its processes alike. Without one nothing is added.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Version and rand_a of a UUIDv7 by its microseconds. Ids are made many to a millisecond: with these
# and the last millisecond at hand one takes 0.55 us instead of 1.06.
_SUB_MILLISECOND = tuple(f"7{rest * 4096 // 1000:03x}" for rest in range(1000))
# The two bits of the variant (RFC 9562 section 4.1) before two of a random digit.
_VARIANTS = {f"{digit:x}": "89ab"[digit & 3] for digit in range(16)}
_AT_ONCE = 32  # ids out of one call for random bytes
_ahead: Callable[[], timedelta] | None = None


def now() -> datetime:
    """The present moment, aware and in UTC, to the microsecond."""
    return datetime.now(UTC) if _ahead is None else datetime.now(UTC) + _ahead()


def wall() -> datetime:
    """The moment on the wall, which no dial moves: for what a person at a keyboard waits out."""
    return datetime.now(UTC)


def now_micros() -> int:
    """The present moment as `micros` gives it, for what happens too often to make a datetime."""
    count = time.time_ns() // 1000
    return count if _ahead is None else count + _ahead() // _MICROSECOND


def ahead() -> timedelta:
    """How far `now` runs ahead of the wall."""
    return timedelta() if _ahead is None else _ahead()


def run_ahead_by(dial: Callable[[], timedelta] | None) -> None:
    """From now on, in this process, run ahead of the wall by what `dial` says; None: not at all."""
    global _ahead  # the process has one clock
    _ahead = dial


def monotonic() -> float:
    """Seconds that never step back, for waits and leases inside one process."""
    return time.monotonic()


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware datetime."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(count: int) -> datetime:
    """The aware UTC datetime that lies that many microseconds after 1970."""
    return EPOCH + count * _MICROSECOND  # exact, and by timedelta(microseconds=) twice as long


def new_id(at: datetime | None = None) -> str:
    """A UUIDv7 as 36 lower-case characters; sorts by the millisecond of `at` (now without it).

    Source: RFC 9562 section 5.7 (May 2024).
    """
    return id_of(micros(at or now()), os.urandom(10).hex())


def ids(at: datetime) -> Iterator[str]:
    """Such ids without end, for many rows of one moment."""
    # As `id_of` does, its first half once and no call for each: in two thirds of the time.
    milliseconds, rest = divmod(micros(at), 1000)
    head = f"{_id_head(milliseconds)}-{_SUB_MILLISECOND[rest]}-"
    while True:
        random = os.urandom(_AT_ONCE * 10).hex()
        for start in range(0, len(random), 20):
            digits = random[start : start + 20]
            yield f"{head}{_VARIANTS[digits[1]]}{digits[1:4]}-{digits[8:]}"


def id_of(at_micros: int, random: str) -> str:
    """The UUIDv7 of that microsecond: 48 bits of milliseconds, then `random` (20 hex digits).

    The microseconds below the millisecond fill the 12 bits of rand_a (RFC 9562 section 6.2,
    method 3), so that ids made by one edge keep the order of their hits.
    """
    milliseconds, rest = divmod(at_micros, 1000)
    head, sub_millisecond, variant = _id_head(milliseconds), _SUB_MILLISECOND[rest], random[1]
    return f"{head}-{sub_millisecond}-{_VARIANTS[variant]}{random[1:4]}-{random[8:20]}"


def id_time(uuid7: str) -> datetime:
    """The moment written in a UUIDv7, to the millisecond."""
    return from_micros(int(uuid7[:8] + uuid7[9:13], 16) * 1000)


@lru_cache(maxsize=1)
def _id_head(milliseconds: int) -> str:
    text = f"{milliseconds:012x}"
    return f"{text[:8]}-{text[8:]}"
