"""The edge with its log on a stream server: answers whatever that server does."""

import os
import signal
import time

import pytest

from backend.tracking.facts import Kind
from backend.tracking.hitlog_stream import REST_S
from backend.tracking.hitlog_stream_drained import StreamSource
from tests.edge.running import running_edge, token
from tests.waiting import wait_until

ROUNDS = 5  # a machine that has much else to do is given so many tries


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
    assert is_there_when_answered(edge, valkey)


def is_there_when_answered(edge, valkey):
    """Whether a new hit is on the stream; one that the server was too slow for is tried again."""
    for _ in range(ROUNDS):
        one, lost = token(Kind.OPEN), not_known_stored(edge)
        edge.get(f"/o/{one}.gif")
        is_there = one in stored(valkey)
        if is_there or not_known_stored(edge) == lost:
            return is_there
        let_it_rest()
    raise AssertionError("the server is too slow for every hit")


def not_known_stored(edge):
    return edge.figure("hits_unknown_total") + edge.figure("hits_not_stored_total")


def test_a_stopped_server_costs_a_reader_nothing_but_a_moment(edge, valkey):
    rounds, is_proven = 0, False
    os.kill(valkey.server.pid(), signal.SIGSTOP)
    try:
        while not is_proven and rounds < ROUNDS:
            if rounds:
                let_it_rest()
            unknown, took = edge.figure("hits_unknown_total"), longest(edge)
            # None has asked the server where the edge did so by itself a moment before.
            has_asked = edge.figure("hits_unknown_total") > unknown
            rounds, is_proven = rounds + 1, has_asked and took < 0.3
        red = edge.get("/healthz").status
        lost = not_known_stored(edge)
    finally:
        os.kill(valkey.server.pid(), signal.SIGCONT)
    wait_until(edge.is_up, 30, "recovery without a restart")
    is_back = is_there_when_answered(edge, valkey)

    assert is_proven
    assert red == 503
    assert lost == 30 * rounds
    assert is_back


def longest(edge):
    """Seconds that the slowest of thirty hits took."""
    times = []
    for _ in range(30):
        began = time.monotonic()
        assert edge.get(f"/o/{token(Kind.OPEN)}.gif").status == 200
        times.append(time.monotonic() - began)
    return max(times)


def let_it_rest():
    """Wait until the edge asks the server again."""
    rested_at = time.monotonic() + REST_S
    wait_until(lambda: time.monotonic() > rested_at, what="a rest")
