"""The one place that asks the system for the time and makes time-ordered ids."""

import os
import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The present moment, aware and in UTC, to the microsecond."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never step back, for waits and leases inside one process."""
    return time.monotonic()


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware datetime."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(count: int) -> datetime:
    """The aware UTC datetime that lies that many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=count)


def new_id(at: datetime | None = None) -> str:
    """A UUIDv7 as 36 lower-case characters; sorts by the millisecond of `at` (now without it).

    Source: RFC 9562 section 5.7 (May 2024).
    """
    return id_of(micros(at or now()), os.urandom(10))


def id_of(at_micros: int, random: bytes) -> str:
    """The UUIDv7 of that microsecond: 48 bits of milliseconds, then `random` (10 bytes).

    The microseconds below the millisecond fill the 12 bits of rand_a (RFC 9562 section 6.2,
    method 3), so that ids made by one edge keep the order of their hits.
    """
    milliseconds, rest = divmod(at_micros, 1000)
    text = random.hex()
    sub_millisecond = rest * 4096 // 1000
    variant = "89ab"[random[0] & 3]
    head = f"{milliseconds:012x}"
    return f"{head[:8]}-{head[8:]}-7{sub_millisecond:03x}-{variant}{text[1:4]}-{text[8:20]}"


def id_time(uuid7: str) -> datetime:
    """The moment written in a UUIDv7, to the millisecond."""
    return from_micros(int(uuid7[:8] + uuid7[9:13], 16) * 1000)
