"""The hit log as a Redis or Valkey stream, for edge hosts that have no disk of their own.

Safe only with `appendonly yes` and `appendfsync always`, which is asked for at the start and
reported. Every call has a hard deadline and no retries: the client's defaults wait 13 s for a
stopped server (measured), and a reader's picture cannot.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend import clock
from backend.tracking.hitlog import (
    SALT_BYTES,
    NotStored,
    OutcomeUnknown,
    Row,
    Tally,
    pack,
)

STREAM = "telltale:hits"
DEADLINE_S = 0.1
# After a fault hits are answered at once and counted as not stored, with one try each second.
REST_S = 1.0
_SALT = "telltale:salt:"
DAY = "telltale:edge:"
DAY_KEPT = timedelta(days=400)
FIELD = b"hit"

log = logging.getLogger(__name__)


class StreamSink:
    """Appends hits to the stream. A timed-out append counts as unknown: it may have arrived.

    Each call waits for the server for `deadline_s` at most.
    """

    def __init__(self, url: str, deadline_s: float = DEADLINE_S) -> None:
        self._redis = connect(url, deadline_s)
        self._rests_until = 0.0
        self._is_checked = False

    def append(self, hits: Sequence[Row], tally: Tally) -> None:
        """Add the hits in one MULTI; see HitSink."""
        with self._within_deadline() as client, client.pipeline(transaction=True) as pipe:
            for hit in hits:
                pipe.xadd(STREAM, {FIELD: pack([hit])})
            day = DAY + clock.now().date().isoformat()
            for name, count in _counts(hits, tally).items():
                pipe.hincrby(day, name, count)
            pipe.expire(day, DAY_KEPT)
            pipe.execute()

    def salt(self, day: date) -> bytes:
        """The day's salt, the same for every edge; the server forgets it an hour after the day."""
        key = _SALT + day.isoformat()
        ends_at = datetime.combine(day, time(), UTC) + timedelta(days=1, hours=1)
        with self._within_deadline() as client:
            client.set(key, secrets.token_bytes(SALT_BYTES), nx=True, exat=ends_at)
            salt = client.get(key)
        if not isinstance(salt, bytes):
            raise NotStored("The stream server did not keep the salt of the day.")
        return salt

    def tidy(self) -> bool:
        """Nothing is left to do: the drain deletes what it acknowledges."""
        return False

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    @contextmanager
    def _within_deadline(self) -> Iterator["redis.Redis"]:
        if clock.monotonic() < self._rests_until:
            raise NotStored("The stream server did not answer a moment ago.")
        try:
            self._check_durability()
            yield self._redis
        except redis.TimeoutError as error:
            self._rest()
            raise OutcomeUnknown(f"The stream server did not answer in time: {error}.") from error
        except redis.RedisError as error:
            self._rest()
            raise NotStored(f"The stream server refused: {error}.") from error

    def _rest(self) -> None:
        self._rests_until = clock.monotonic() + REST_S

    def _check_durability(self) -> None:
        if not self._is_checked:
            for line in durability_faults(self._redis):
                log.warning("%s", line)
            self._is_checked = True


def durability_faults(client: "redis.Redis") -> list[str]:
    """One line for each setting of the server with which an answered hit could be lost."""
    wanted = {"appendonly": "yes", "appendfsync": "always"}
    try:
        found: Any = client.config_get(*wanted)
    except redis.ResponseError:
        return ["HIT_LOG_URL: the server does not tell whether every write reaches its disk"]
    return [
        f"HIT_LOG_URL: the server runs with {name} {found.get(name)!r}; with anything but"
        f" {value!r} an answered hit can be lost"
        for name, value in wanted.items()
        if found.get(name) != value
    ]


def connect(url: str, deadline_s: float) -> "redis.Redis":
    """A client that gives up after the deadline and never tries by itself again."""
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_timeout=deadline_s,
        socket_connect_timeout=deadline_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    return client


def _counts(hits: Sequence[Row], tally: Tally) -> dict[str, int]:
    counts = {
        "stored": len(hits),
        "not_stored": tally.not_stored,
        "unknown": tally.unknown,
        "rejected": tally.rejected,
    }
    return {name: count for name, count in counts.items() if count}
