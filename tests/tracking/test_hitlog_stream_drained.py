"""A drain that cannot reach the stream."""

import pytest

from backend.tracking.hitlog import NotStored
from backend.tracking.hitlog_stream_drained import StreamSource


def test_a_drain_is_told_that_the_stream_is_away():
    source = StreamSource("redis://127.0.0.1:1/0")

    for call in (source.log_id, source.counts, lambda: source.read(1)):
        with pytest.raises(NotStored):
            call()
    source.done("0")
    source.close()
