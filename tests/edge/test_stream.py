"""The edge with its log on a stream server: answers whatever that server does."""

import os
import signal
import time

import pytest

from backend.tracking.facts import Kind
from backend.tracking.hitlog_stream_drained import StreamSource
from tests.edge.running import running_edge, token
from tests.waiting import wait_until


@pytest.fixture
def edge(tmp_path, valkey):
    with running_edge(tmp_path, HIT_LOG_URL=valkey.url) as running:
        yield running


def stored(valkey):
    source = StreamSource(valkey.url, "test")
    try:
        batch = source.read(10_000)
        source.done(batch.position)
        return {hit.token for hit in batch.hits}
    finally:
        source.close()


def test_a_hit_is_on_the_stream_before_its_answer(edge, valkey):
    one = token(Kind.OPEN)

    edge.get(f"/o/{one}.gif")

    assert one in stored(valkey)


def test_a_stopped_server_costs_a_reader_nothing_but_a_moment(edge, valkey):
    times = []
    os.kill(valkey.server.pid(), signal.SIGSTOP)
    try:
        for _ in range(30):
            began = time.monotonic()
            assert edge.get(f"/o/{token(Kind.OPEN)}.gif").status == 200
            times.append(time.monotonic() - began)
        red = edge.get("/healthz").status
        unknown = edge.figure("hits_unknown_total")
        not_stored = edge.figure("hits_not_stored_total")
    finally:
        os.kill(valkey.server.pid(), signal.SIGCONT)
    wait_until(edge.is_up, 30, "recovery without a restart")
    last = token(Kind.OPEN)
    edge.get(f"/o/{last}.gif")

    assert max(times) < 0.3
    assert red == 503
    assert (unknown >= 1, unknown + not_stored) == (True, 30)
    assert last in stored(valkey)
