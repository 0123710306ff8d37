"""A drain of hits on a stream that dies between its commit and the stream's word of it."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import peewee
import pytest
import redis

from backend import db
from backend.drain.steps import Drain
from backend.drain.takers import Takers
from backend.tracking.hitlog import NotStored, Tally
from backend.tracking.hitlog_stream import STREAM, StreamSink
from backend.tracking.hitlog_stream_drained import ABANDONED_MS, GROUP, StreamSource
from tests.hitlog import PATIENCE_S, put
from tests.world import hit

HITS = 8


@pytest.fixture
def server(valkey):
    with closing(redis.Redis.from_url(valkey.url)) as client:
        client.flushall()
        yield client


@pytest.fixture
def streaming(settings, valkey, server):
    return settings.model_copy(update={"hit_log_url": valkey.url})


@pytest.fixture
def sink(streaming):
    with closing(StreamSink(streaming.hit_log_url, PATIENCE_S)) as made:
        yield made


@pytest.fixture
def many(world):
    """Opens of two mails, one of which was switched off: half are stored and half counted."""
    mails = [world.send() for _ in range(2)]
    db.execute("UPDATE stamp SET opens = %s WHERE id = %s", [False, mails[1].id])
    tokens = [world.open_token(mail) for mail in mails]
    return [hit(tokens[number % 2], after=600 * number) for number in range(1, HITS + 1)]


@pytest.fixture
def hits(many):
    """Three that are stored and three that are counted."""
    return many[:6]


class Dying:
    """A stream that hears of no batch that is done, as if the drain died before it could say so."""

    def __init__(self, source):
        self.source, self.has_read = source, False

    def read(self, limit, after=""):
        self.has_read = True
        return self.source.read(limit, after)

    def done(self, position):
        if self.has_read:
            raise peewee.OperationalError("dead")
        self.source.done(position)

    def __getattr__(self, name):
        return getattr(self.source, name)


class Life:
    """A drain on a host of that name; it dies at the first batch that is done if it is `dying`."""

    def __init__(self, settings, name="one", size=2, *, dying=False, takers=None):
        source = StreamSource(settings.hit_log_url, name)
        self.drain = Drain(settings, Dying(source) if dying else source, size, takers=takers)
        self.is_dying = dying

    def step(self):
        return self.drain.step()

    def run(self):
        """How many hits it moves until nothing is left, or it has died."""
        moved = 0
        try:
            while one := self.drain.step():
                moved += one
        except peewee.OperationalError:
            assert self.is_dying
        finally:
            self.drain.close()
        return moved


@pytest.fixture
def apart():
    """Calls in a thread: a drain takes a connection of its own for each step, and ours is held."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda call, *args, **named: pool.submit(call, *args, **named).result()


def outcome():
    """How many hits are stored, by rows and by ids, and how many were counted as refused."""
    return db.one(
        "SELECT (SELECT count(*) FROM hit), (SELECT count(DISTINCT id) FROM hit),"
        " (SELECT coalesce(sum(hits), 0) FROM dropped_hit)"
    )


def left(server):
    """How many entries are on the stream, and how many some drain holds."""
    return server.xlen(STREAM), server.xpending(STREAM, GROUP)["pending"]


def abandon(server):
    """Let whatever some drain holds be so old that another one may take it."""
    for one in server.xpending_range(STREAM, GROUP, "-", "+", 10):
        idle = {"min_idle_time": 0, "idle": ABANDONED_MS, "message_ids": [one["message_id"]]}
        server.xclaim(STREAM, GROUP, one["consumer"], justid=True, **idle)


@pytest.mark.req("R16")
@pytest.mark.parametrize("size", [2, 4, 100])
def test_a_drain_that_dies_behind_its_commit_repeats_nothing(
    streaming, server, sink, many, apart, size
):
    put(sink, many, Tally())

    apart(Life(streaming, size=size, dying=True).run)
    held = left(server)
    apart(Life(streaming, size=size).run)

    assert held == (HITS, min(3 * size, HITS))  # two batches that are committed, and the next one
    assert outcome() == (4, 4, 4)
    assert left(server) == (0, 0)


def test_what_it_had_read_and_not_committed_is_taken_in(streaming, server, sink, many, apart):
    put(sink, many, Tally())
    apart(Life(streaming, dying=True).run)
    with closing(StreamSource(streaming.hit_log_url, "one")) as source:
        again = source.read(100)
        assert len(again.hits) == 6
        assert len(source.read(100, again.position).hits) == 2

    apart(Life(streaming).run)

    assert outcome() == (4, 4, 4)


def test_a_drain_of_another_name_repeats_nothing_either(streaming, server, sink, many, apart):
    put(sink, many, Tally())
    apart(Life(streaming, "one", dying=True).run)

    apart(Life(streaming, "two").run)

    assert outcome() == (3, 3, 3)
    assert left(server) == (2, 2)  # that the first one had read ahead
    abandon(server)
    heir = Life(streaming, "two")
    assert apart(heir.step) == 0  # what is new comes first
    assert apart(heir.run) == 2
    assert outcome() == (4, 4, 4)
    assert left(server) == (0, 0)
    ((place,),) = db.rows("SELECT log_id FROM drained_log")
    assert place.endswith(" two")


def test_what_another_one_leaves_is_taken_over_and_what_it_committed_is_not_repeated(
    streaming, server, sink, hits, apart
):
    put(sink, hits[:4], Tally())
    with closing(StreamSource(streaming.hit_log_url, "one")) as source:
        source.read(1)  # and no more: it is not committed
    heir = Life(streaming, "two", size=100)
    assert apart(heir.step) == 3  # what is new comes first: the rest is not old enough
    put(sink, hits[4:], Tally())
    apart(Life(streaming, "three", dying=True).run)
    assert left(server) == (3, 3)

    abandon(server)
    assert apart(heir.run) == 1

    assert outcome() == (3, 3, 3)
    assert left(server) == (0, 0)


def test_takers_take_in_what_is_on_a_stream(streaming, server, sink, hits, apart, settings):
    """On SQLite the drain takes in by itself."""
    put(sink, hits, Tally())
    takers = Takers(settings, least=2)

    def run():
        life = Life(streaming, size=4, takers=takers)
        moved = life.step()
        at_work = [one for one in multiprocessing.active_children() if one.name == "taker"]
        return moved, len(at_work), life.run()

    assert apart(run) == (4, 2 * db.is_postgres(), 2)

    assert outcome() == (3, 3, 3)
    assert left(server) == (0, 0)


def test_a_drain_that_dies_behind_its_takers_repeats_nothing(
    streaming, server, sink, hits, apart, settings
):
    put(sink, hits, Tally())

    apart(Life(streaming, dying=True, takers=Takers(settings, least=2)).run)
    apart(Life(streaming, takers=Takers(settings, least=2)).run)

    assert outcome() == (3, 3, 3)
    assert left(server) == (0, 0)


def test_hits_go_on_when_the_server_comes_back_empty(streaming, server, sink, hits, apart):
    put(sink, hits[:2], Tally())
    life = Life(streaming)

    def run():
        moved = [life.step(), life.step()]
        server.flushall()
        put(sink, hits[2:], Tally())
        with pytest.raises(NotStored):
            life.step()
        return moved, life.run()

    assert apart(run) == ([2, 0], 4)
    assert outcome() == (3, 3, 3)


def test_what_somebody_took_off_the_stream_holds_up_nothing(streaming, server, sink, hits, apart):
    put(sink, hits[:2], Tally())
    with closing(StreamSource(streaming.hit_log_url, "one")) as source:
        source.read(10)
    server.xtrim(STREAM, maxlen=0, approximate=False)
    put(sink, hits[2:], Tally())

    assert apart(Life(streaming).run) == 4

    assert outcome() == (2, 2, 2)
