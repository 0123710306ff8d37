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
CLAIMED = 30_000  # of them at a time: a drain holds no more than three batches
NO_PLACE = "0"  # of a batch without entries
_ID = "telltale:hits:id"


class StreamSource:
    """Reads the stream as one consumer of the group `drain`, named after its host.

    A position names entries one by one: those of its batch and of the one before, which may be
    committed too and not done yet. Nothing less tells them from what other consumers hold between.
    """

    def __init__(self, url: str, consumer: str = "") -> None:
        self._redis = connect(url, DEADLINE_S)
        self.reader = consumer or socket.gethostname()
        self._given: set[str] = set()  # entries that were read and are not done
        self._last: list[str] = []  # those of the last batch
        self._from = "0"  # where to go on in what we hold already; "" at its end
        self._looked_at = -float("inf")
        self._has_group = False

    def log_id(self) -> str:
        """A random id that is kept beside the stream; see HitSource."""
        with _told_apart():
            self._redis.set(_ID, secrets.token_hex(8), nx=True)
            log_id: Any = self._redis.get(_ID)
        return str(log_id, "ascii")

    def takes_over(self) -> bool:
        """Hold what a consumer, perhaps we, left for a minute; see HitSource. Raises NotStored."""
        at = clock.monotonic()
        if at - self._looked_at < ABANDONED_MS / 1000:
            return False
        with self._in_the_group():
            taken = self._claim()
        self._looked_at = at
        if taken:
            self._from = "0"
        return bool(taken)

    def read(self, limit: int, after: str = "") -> Batch:
        """What we hold and is not done, then what is new; see HitSource.

        Raises NotStored when the server does not answer.
        """
        if not after:
            self._begin_anew()
        with self._in_the_group():
            entries = self._held(limit) or self._read_group(">", limit)
        if not entries:
            return Batch(NO_PLACE, ())
        before, self._last = self._last, [entry_id.decode() for entry_id, _ in entries]
        self._given.update(self._last)
        hits = tuple(hit for _, fields in entries for hit in unpack(fields[FIELD]))
        return Batch(" ".join([*before, *self._last]), hits)

    def done(self, position: str) -> None:
        """Acknowledge and delete those entries, whoever holds them; see HitSource.

        Raises NotStored.
        """
        if position == NO_PLACE:
            return
        entries = position.split()
        with _told_apart(), self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(STREAM, GROUP, *entries)
            pipe.xdel(STREAM, *entries)
            pipe.execute()
        self._given.difference_update(entries)

    def counts(self) -> list[Count]:
        """The counters by day; see HitSource."""
        with _told_apart():
            keys = sorted(self._redis.scan_iter(match=DAY + "*", count=1_000))
            return [_count(key.decode(), self._redis.hgetall(key)) for key in keys]

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    def _begin_anew(self) -> None:
        """Nothing that was given is under way any more: what is not done comes again."""
        if self._given:
            self._given.clear()
            self._from = "0"
        self._last = []

    @contextmanager
    def _in_the_group(self) -> Iterator[None]:
        try:
            with _told_apart():
                self._make_group()
                yield
        except NotStored:
            # What we hold may be more than we know, by an answer that was lost on its way, or less:
            # a server may come back without the stream and its group.
            self._from, self._has_group = "0", False
            raise

    def _make_group(self) -> None:
        if self._has_group:
            return
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._has_group = True

    def _claim(self) -> Any:  # their ids
        return self._redis.xautoclaim(
            STREAM, GROUP, self.reader, ABANDONED_MS, count=CLAIMED, justid=True
        )

    def _held(self, limit: int) -> list[Any]:
        while self._from:
            found = self._read_group(self._from, limit)
            self._from = found[-1][0].decode() if found else ""
            # One without fields was taken off the stream by hand.
            entries = [each for each in found if each[1] and each[0].decode() not in self._given]
            if entries:
                return entries
        return []

    def _read_group(self, start: str, limit: int) -> list[Any]:
        answer: Any = self._redis.xreadgroup(GROUP, self.reader, {STREAM: start}, count=limit)
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
