"""The stream form of the hit log, on a real Valkey: kept, and never waited for."""

import os
import signal
import time
from contextlib import closing
from datetime import date

import pytest
import redis

from backend import clock
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hitlog import NotStored, OutcomeUnknown, Tally
from backend.tracking.hitlog_stream import REST_S, STREAM, StreamSink, durability_faults
from backend.tracking.hitlog_stream_drained import ABANDONED_MS, GROUP, StreamSource
from tests.hitlog import PATIENCE_S, put
from tests.waiting import wait_until

NOTHING = Tally()
ROUNDS = 5  # a machine that has much else to do is given so many tries
NOBODY = "redis://127.0.0.1:1/0"


def hit(number):
    return RawHit(
        clock.new_id(),
        f"{number:a>32}",
        Kind.OPEN,
        clock.now(),
        "Agent ü",
        {"dnt": "1"},
        b"\xff" * 16,
        NetworkFacts(15169, "US", is_approximate=True, lists=("a",)),
    )


@pytest.fixture
def url(valkey):
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    client.close()
    return valkey.url


@pytest.fixture
def sink(url):
    sink = StreamSink(url, PATIENCE_S)
    yield sink
    sink.close()


@pytest.fixture
def source(url):
    source = StreamSource(url, "one")
    yield source
    source.close()


def test_hits_come_out_as_they_went_in_and_in_order(sink, source):
    hits = [hit(number) for number in range(5)]
    put(sink, hits, NOTHING)

    first = source.read(3)
    source.done(first.position)
    second = source.read(10)
    source.done(second.position)

    assert first.hits + second.hits == tuple(hits)
    assert source.read(10).hits == ()


def test_a_batch_that_was_not_done_comes_again_also_after_a_crash(sink, source, url):
    put(sink, [hit(1), hit(2)], NOTHING)
    taken = source.read(1)

    again = source.read(10)
    after_a_crash = StreamSource(url, "one")

    assert taken.hits == again.hits
    assert after_a_crash.read(10).hits == taken.hits
    after_a_crash.close()


def test_what_is_behind_a_batch_can_be_read_before_that_is_done(sink, source):
    hits = [hit(number) for number in range(5)]
    put(sink, hits, NOTHING)

    first = source.read(2)
    second = source.read(2, first.position)
    third = source.read(2, second.position)
    source.done(first.position)

    assert first.hits + second.hits + third.hits == tuple(hits)
    assert source.read(10, third.position).hits == ()
    assert source.read(10).hits == tuple(hits[2:])


def test_two_drains_never_take_the_same_hit(sink, source, url):
    put(sink, [hit(number) for number in range(10)], NOTHING)
    other = StreamSource(url, "two")

    taken = [source.read(4).hits, other.read(10).hits]
    other.close()

    assert [len(hits) for hits in taken] == [4, 6]
    assert len({one.id for hits in taken for one in hits}) == 10


def test_what_takes_a_drain_long_is_not_given_to_it_twice(sink, source, url):
    put(sink, [hit(1), hit(2)], NOTHING)
    slow = source.read(1)
    with closing(redis.Redis.from_url(url)) as client:
        entry = slow.position
        client.xclaim(STREAM, GROUP, "one", 0, [entry], idle=ABANDONED_MS, justid=True)

    assert source.takes_over()

    assert [one.token for one in source.read(10, entry).hits] == [hit(2).token]


def test_what_was_given_by_an_answer_that_never_came_is_given_again(valkey, sink, source, url):
    assert source.read(10).hits == ()
    put(sink, [hit(1)], NOTHING)
    with closing(redis.Redis.from_url(url)) as client:
        client.xreadgroup(GROUP, "one", {STREAM: ">"})
    valkey.kill()
    with pytest.raises(NotStored):
        source.read(10)
    valkey.start()

    assert [one.token for one in source.read(10).hits] == [hit(1).token]


def test_done_hits_leave_the_server(sink, source, url):
    put(sink, [hit(1)], NOTHING)
    source.done(source.read(10).position)

    client = redis.Redis.from_url(url)
    left = client.xlen("telltale:hits")
    client.close()

    assert left == 0


def test_counters_and_the_logs_name_are_kept_on_the_server(sink, source, url):
    began = clock.now().date()
    put(sink, [hit(1), hit(2)], Tally(rejected=3))
    put(sink, [hit(3)], Tally(not_stored=1, unknown=2))
    ended = clock.now().date()  # another, where midnight came between

    days = source.counts()

    assert (sum(day.stored for day in days), sum(day.received for day in days)) == (3, 9)
    assert {day.day for day in days} <= {began, ended}
    assert source.log_id() == StreamSource(url).log_id() != ""


def test_every_edge_has_the_same_salt_until_the_day_is_over(sink, url):
    today = clock.now().date()
    other = StreamSink(url, PATIENCE_S)

    salts = {sink.salt(today), other.salt(today)}
    client = redis.Redis.from_url(url)
    left_s = client.ttl(f"telltale:salt:{today}")
    client.close()
    other.close()

    assert len(salts) == 1
    assert 0 < left_s <= 25 * 3600
    with pytest.raises(NotStored):
        sink.salt(date(2020, 1, 1))  # over: it is forgotten as soon as it is made


def test_a_server_that_is_gone_costs_a_moment_once(url):
    def took():
        sink = StreamSink(NOBODY)
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(NotStored):
                put(sink, [hit(1)], NOTHING)
        sink.close()
        return time.monotonic() - began

    assert any(took() < 0.5 for _ in range(ROUNDS))


def test_a_stopped_server_makes_the_outcome_unknown_within_the_deadline(valkey, source):
    sink = StreamSink(valkey.url)

    def took():
        wait_until(lambda: _appends(sink, hit(1)), REST_S + 30, "the stream's return")
        os.kill(valkey.server.pid(), signal.SIGSTOP)
        try:
            began = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                put(sink, [hit(2)], NOTHING)
            return time.monotonic() - began
        finally:
            os.kill(valkey.server.pid(), signal.SIGCONT)

    assert any(took() < 0.2 for _ in range(ROUNDS))
    wait_until(lambda: _appends(sink, hit(3)), REST_S + 30, "the stream's return")
    sink.close()
    assert hit(3).token in [one.token for one in source.read(1_000).hits]


def _appends(sink, one):
    try:
        put(sink, [one], NOTHING)
    except NotStored:
        return False
    return True


def test_a_killed_server_keeps_what_was_answered(valkey, sink, source):
    put(sink, [hit(number) for number in range(20)], NOTHING)

    valkey.kill()
    valkey.start()

    assert len(wait_until(lambda: source.read(100).hits)) == 20


def test_an_unsafe_server_is_reported(url):
    client = redis.Redis.from_url(url)
    safe = durability_faults(client)
    client.config_set("appendfsync", "everysec")
    unsafe = durability_faults(client)
    client.config_set("appendfsync", "always")
    client.close()

    assert safe == []
    (line,) = unsafe
    assert "appendfsync" in line
    assert "can be lost" in line
