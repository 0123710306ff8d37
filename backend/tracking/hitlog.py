"""The hit log: where the edge puts each hit before it answers, and where the drain takes them from.

    edge --HitSink.append--> [ file hits.db | Redis stream ] --HitSource.read, done--> drain

One writer (the edge) and one reader (the drain) per log. The edge answers only after `append` has
come back, so an answered hit survives kill -9 and a power cut. The drain never deletes: it tells
by `done` how far it has committed, and the writer prunes (a deleting drain cut the writer from
22,000 to 7,500 hits a second). Reading a batch twice is normal; the hit's id makes it harmless, and
the drain keeps its place beside what it counts.

This module says what both forms share; `hitlog_file` and `hitlog_stream` are the two forms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

import orjson

from backend import clock
from backend.errors import Unavailable
from backend.settings import Settings
from backend.tracking.facts import NOTHING, Kind, NetworkFacts, RawHit

SALT_BYTES = 32

_NETWORKS_KEPT = 4_096  # different ones in memory: few, since no address is among them
_KINDS = {kind.value: kind for kind in Kind}

# id, token, kind, microseconds since 1970, agent, headers, reader key in hex, network
Row = tuple[str, str, str, int, str, Mapping[str, str], str, orjson.Fragment]


class NotStored(Unavailable):
    """The hits of this append are not in the log; the next append may succeed."""

    slug = "hit-not-stored"


class OutcomeUnknown(NotStored):
    """The log did not say in time whether it took the hits; `verify` settles it by their ids."""

    slug = "hit-outcome-unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """Hits in the order they were stored; hand `position` back to `done` once they are kept."""

    position: str
    hits: tuple[RawHit, ...]


@dataclass(slots=True)
class Tally:
    """How many hits came in since the last append, beside the stored ones, for `verify`.

    `not_stored` were answered though the log could not take them; `unknown` too, but the log did
    not say so in time and may have them; `rejected` carried a token that is not ours.
    """

    not_stored: int = 0
    unknown: int = 0
    rejected: int = 0

    def __bool__(self) -> bool:
        return bool(self.not_stored or self.unknown or self.rejected)


@dataclass(frozen=True, slots=True)
class Count:
    """What one UTC day's counters say; hits of unknown outcome may be among the stored too."""

    day: date
    stored: int
    not_stored: int
    unknown: int
    rejected: int

    @property
    def received(self) -> int:
        """Hits that came in that day; at most `unknown` too many."""
        return self.stored + self.not_stored + self.unknown + self.rejected


class HitSink(Protocol):
    """The edge's end of the log. Used by one thread."""

    def append(self, hits: Sequence[Row], tally: Tally) -> None:
        """Keep the hits for good before returning, and add the tally to the day's counters.

        All or none of them are stored. Raises NotStored or OutcomeUnknown.
        """

    def salt(self, day: date) -> bytes:
        """The random salt of that UTC day, the same until the day ends; older ones are forgotten.

        Raises NotStored when it can neither be read nor written.
        """

    def tidy(self) -> bool:
        """Remove a slice of what the drain has taken; true if there is more. Raises NotStored."""

    def close(self) -> None:
        """Give the log back; another writer may open it."""


class HitSource(Protocol):
    """The drain's end of the log."""

    @property
    def reader(self) -> str:
        """Who reads, where several may read one log, each with a place of its own; else ""."""

    def log_id(self) -> str:
        """What tells this log from every other one, also from a new one at the same place.

        "" while there is no log yet.
        """

    def takes_over(self) -> bool:
        """Take what a reader left undone for long; whether there was any.

        It may have been committed: the places of all readers, handed to `done`, say so.
        """

    def read(self, limit: int, after: str = "") -> Batch:
        """The oldest hits, at most `limit`, that are not marked as done; perhaps none.

        With `after`, the position of a batch that is not done yet: those behind it.
        """

    def done(self, position: str) -> None:
        """Mark every hit up to this batch's position as kept elsewhere; the writer prunes them.

        Also the position of a batch that another reader, or one of an earlier life, was given.
        """

    def counts(self) -> list[Count]:
        """The counters by UTC day, oldest first."""

    def close(self) -> None:
        """Let the log go."""


def open_sink(settings: Settings) -> HitSink:
    """The log that these settings name, for writing. Raises SettingsError if it has a writer."""
    if settings.hit_log_url:
        from backend.tracking.hitlog_stream import StreamSink  # redis only where it is asked for

        return StreamSink(settings.hit_log_url)
    from backend.tracking.hitlog_file import FileSink

    return FileSink(settings.hits_db)


def open_source(settings: Settings) -> HitSource:
    """The log that these settings name, for reading. The drain of one edge holds one."""
    if settings.hit_log_url:
        from backend.tracking.hitlog_stream_drained import StreamSource

        return StreamSource(settings.hit_log_url)
    from backend.tracking.hitlog_drained import FileSource

    return FileSource(settings.hits_db)


def pack(rows: Sequence[Row]) -> bytes:
    """The rows as JSON."""
    return orjson.dumps(rows)


def unpack(packed: bytes) -> list[RawHit]:
    """The hits of the rows that `pack` was given."""
    return [
        RawHit(
            hit_id,
            token,
            _KINDS[kind],
            clock.from_micros(received_at),
            user_agent,
            headers or NOTHING,
            bytes.fromhex(reader_key),
            _network_of(asn, country, is_approximate, tuple(lists)),
        )
        for hit_id, token, kind, received_at, user_agent, headers, reader_key, (
            asn,
            country,
            is_approximate,
            lists,
        ) in orjson.loads(packed)
    ]


@lru_cache(_NETWORKS_KEPT)
def packed_network(network: NetworkFacts) -> orjson.Fragment:
    """The network's facts as they stand in a row."""
    return orjson.Fragment(orjson.dumps(tuple(network)))


@lru_cache(_NETWORKS_KEPT)
def _network_of(
    asn: int | None, country: str | None, is_approximate: bool, lists: tuple[str, ...]
) -> NetworkFacts:
    return NetworkFacts(asn, country, is_approximate, lists)
