"""Puts hits into a log without an edge."""

from backend import clock
from backend.tracking.hitlog import packed_network


def row_of(hit):
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


def put(sink, hits, tally):
    """Have the sink store these hits."""
    sink.append([row_of(hit) for hit in hits], tally)
