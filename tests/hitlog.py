"""Puts hits into a log without an edge."""

from collections.abc import Sequence

from backend import clock
from backend.tracking.facts import RawHit
from backend.tracking.hitlog import HitSink, Row, Tally, packed_network

# For a stream's server, which a busy machine may let stand still for longer than a reader's picture
# can wait: a test that means the hits and not the deadline gives its sink so many seconds.
PATIENCE_S = 30.0


def row_of(hit: RawHit) -> Row:
    """The row that the edge would make of the request behind this hit."""
    return (
        hit.id,
        hit.token,
        hit.kind.value,
        clock.micros(hit.received_at),
        hit.user_agent,
        dict(hit.headers),
        hit.reader_key.hex(),
        packed_network(hit.network),
    )


def put(sink: HitSink, hits: Sequence[RawHit], tally: Tally) -> None:
    """Have the sink store these hits."""
    sink.append([row_of(hit) for hit in hits], tally)
