"""The drain's end of the stream: a consumer of a group that takes batches and says when done."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import redis

from backend import clock
from backend.tracking.hitlog import Batch, Count, NotStored, unpack
from backend.tracking.hitlog_stream import DAY, FIELD, STREAM, connect

GROUP = "drain"
DEADLINE_S = 5.0
# A batch that another drain took and did not finish for so long is given to this one.
ABANDONED_MS = 60_000
_ID = "telltale:hits:id"


class StreamSource:
    """Reads the stream as one consumer of the group `drain`, named after its host."""

    def __init__(self, url: str, consumer: str = "") -> None:
        self._redis = connect(url, DEADLINE_S)
        self._consumer = consumer or socket.gethostname()
        self._taken: dict[str, list[bytes]] = {}  # what was read and is not done, by position
        self._has_pending = True  # perhaps: a drain before this one may have died with a batch
        self._looked_at = -float("inf")
        self._has_group = False

    def log_id(self) -> str:
        """A random id that is kept beside the stream; see HitSource."""
        with _told_apart():
            self._redis.set(_ID, secrets.token_hex(8), nx=True)
            log_id: Any = self._redis.get(_ID)
        return str(log_id, "ascii")

    def read(self, limit: int, after: str = "") -> Batch:
        """What was taken and not done, then what others abandoned, then what is new.

        Raises NotStored when the server does not answer.
        """
        with _told_apart():
            self._make_group()
            entries = self._pending(limit, after) or self._abandoned(limit) or self._new(limit)
        if not entries:
            self._has_pending = bool(after)
            return Batch("0", ())
        taken = [entry_id for entry_id, _ in entries]
        position = taken[-1].decode()
        self._taken[position] = taken
        self._has_pending = True
        hits = tuple(hit for _, fields in entries if fields for hit in unpack(fields[FIELD]))
        return Batch(position, hits)

    def done(self, position: str) -> None:
        """Acknowledge and delete that batch of ours; see HitSource. Raises NotStored."""
        taken = self._taken.get(position)
        if not taken:
            return
        with _told_apart(), self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(STREAM, GROUP, *taken)
            pipe.xdel(STREAM, *taken)
            pipe.execute()
        del self._taken[position]
        self._has_pending = bool(self._taken)

    def counts(self) -> list[Count]:
        """The counters by day; see HitSource."""
        with _told_apart():
            keys = sorted(self._redis.scan_iter(match=DAY + "*", count=1_000))
            return [_count(key.decode(), self._redis.hgetall(key)) for key in keys]

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    def _make_group(self) -> None:
        if self._has_group:
            return
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._has_group = True

    def _pending(self, limit: int, after: str) -> list[Any]:
        return self._read_group(after or "0", limit) if self._has_pending else []

    def _abandoned(self, limit: int) -> list[Any]:
        at = clock.monotonic()
        if at - self._looked_at < ABANDONED_MS / 1000:
            return []
        self._looked_at = at
        answer: Any = self._redis.xautoclaim(
            STREAM, GROUP, self._consumer, ABANDONED_MS, count=limit
        )
        return list(answer[1])

    def _new(self, limit: int) -> list[Any]:
        return self._read_group(">", limit)

    def _read_group(self, start: str, limit: int) -> list[Any]:
        answer: Any = self._redis.xreadgroup(GROUP, self._consumer, {STREAM: start}, count=limit)
        return list(answer[0][1]) if answer else []


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise NotStored(f"The stream server does not answer: {error}.") from error


def _count(key: str, found: Any) -> Count:
    names = (b"stored", b"not_stored", b"unknown", b"rejected")
    return Count(
        date.fromisoformat(key.removeprefix(DAY)), *(int(found.get(name, 0)) for name in names)
    )
