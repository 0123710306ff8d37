"""The drain: hits from the edge's log into the tables, each exactly once, in whatever pieces."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import peewee
import psycopg
import pytest

from backend import db
from backend.drain.steps import Drain
from backend.drain.taking import AWAY
from backend.tracking.hitlog import Tally, open_sink, open_source
from backend.tracking.linkbook import LinkReader
from tests.hitlog import put
from tests.world import hit


class Forgetful:
    """A log that is told what is done and does not keep it: the crash right after the commit."""

    def __init__(self, source):
        self.source = source

    def done(self, _position):
        """Nothing."""

    def __getattr__(self, name):
        return getattr(self.source, name)


@pytest.fixture
def sink(settings):
    made = open_sink(settings)
    yield made
    made.close()


@pytest.fixture
def mail(world):
    """A sent mail, the token of its pixel and that of its link."""
    made = world.send()
    return made, world.open_token(made), world.click_token(made)


def drained(settings, wrap=lambda source: source, *how):
    """How many hits a drain of its own moves until there is nothing left."""

    def run():
        drain = Drain(settings, wrap(open_source(settings)), *how)
        try:
            first = drain.step()
            return first if wrap is Forgetful else first + sum(iter(drain.step, 0))
        finally:
            drain.close()

    # In a thread: it takes a connection of its own for each step, and ours is held.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def stored():
    return db.one("SELECT count(*), count(DISTINCT id) FROM hit")


@pytest.mark.req("R16")
def test_hits_come_into_the_tables_and_are_judged(world, mail, settings, sink):
    stamped, pixel, _ = mail
    put(sink, [hit(pixel, after=60 * number) for number in range(1, 4)], Tally())

    assert drained(settings) == 3

    assert world.message(stamped).opens_total == 3
    assert drained(settings) == 0


@pytest.mark.req("R32")
def test_a_crash_right_after_the_commit_repeats_nothing(world, mail, settings, sink):
    stamped, pixel, _ = mail
    put(sink, [hit(pixel, after=60 * number) for number in range(1, 4)], Tally())
    assert drained(settings, Forgetful) == 3
    put(sink, [hit(pixel, after=600)], Tally())

    assert drained(settings) == 1

    assert stored() == (4, 4)
    assert world.message(stamped).opens_total == 4


def test_another_one_begins_where_the_first_ended(mail, settings, sink):
    for after in (60, 120):
        put(sink, [hit(mail[1], after=after)], Tally())
        assert drained(settings) == 1

    assert stored() == (2, 2)


def test_links_are_pulled_even_when_nobody_clicks(mail, settings, sink):
    drained(settings)

    reader = LinkReader(settings.links_db)
    try:
        assert reader.get(mail[2]) == "https://example.com/a"
    finally:
        reader.close()


@pytest.mark.req("R32")
def test_a_step_that_fails_moves_nothing_and_the_next_one_everything(mail, settings, sink):
    put(sink, [hit(mail[1])], Tally())
    rename("drained_log", "elsewhere")

    with pytest.raises((peewee.PeeweeException, psycopg.Error)):
        drained(settings)
    rename("elsewhere", "drained_log")

    assert stored() == (0, 0)
    assert drained(settings) == 1
    assert stored() == (1, 1)


class Watched:
    """A log that writes down what is read and done, and what the disk had by then."""

    def __init__(self, source, synced):
        self.source, self.synced, self.told = source, synced, []

    def read(self, limit, after):
        batch = self.source.read(limit, after)
        self.told.append(("read", int(batch.position), 0))
        return batch

    def done(self, position):
        self.told.append(("done", int(position), self.synced[-1]))
        self.source.done(position)

    def __getattr__(self, name):
        return getattr(self.source, name)


@pytest.mark.req("R32")
def test_a_batch_is_done_once_the_disk_has_it_and_the_next_one_is_read_before(mail, settings, sink):
    put(sink, [hit(mail[1], after=60 * number) for number in range(1, 6)], Tally())
    synced, watched = [0], []

    def sync():
        with db.connection():
            synced.append(stored()[0])

    def wrap(source):
        watched.append(Watched(source, synced))
        return watched[0]

    assert drained(settings, wrap, 2, sync) == 5

    assert stored() == (5, 5)
    told = watched[0].told
    base = told[0][1] - 2
    assert [(what, position - base) for what, position, _ in told][:6] == [
        ("read", 2),
        ("read", 4),
        ("read", 5),
        ("done", 2),
        ("done", 4),
        ("done", 5),
    ]
    assert all(had >= position - base for what, position, had in told if what == "done")


@pytest.mark.req("R32")
def test_a_drain_that_is_stopped_marks_the_batch_that_it_has_committed(mail, settings, sink):
    put(sink, [hit(mail[1], after=60), hit(mail[1], after=120)], Tally())

    def run():
        drain = Drain(settings, open_source(settings), 2)
        assert drain.step() == 2
        drain.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()

    left = open_source(settings)
    assert left.read(10).hits == ()
    left.close()


@pytest.mark.req("R32")
def test_a_step_that_fails_behind_a_batch_not_done_yet_repeats_nothing(mail, settings, sink):
    put(sink, [hit(mail[1], after=60 * number) for number in range(1, 6)], Tally())
    db.execute("UPDATE stamp SET opens = %s", [False])  # each hit leaves a count alone

    class Failing(Forgetful):
        def done(self, position):
            self.source.done(position)

        def read(self, limit, after):
            batch = self.source.read(limit, after)
            if after and not self.__dict__.setdefault("failed", False):
                self.failed = True
                raise peewee.OperationalError("away")
            return batch

    def run():
        drain = Drain(settings, Failing(open_source(settings)), 2)
        try:
            with pytest.raises(peewee.OperationalError):
                drain.step()
            return list(iter(drain.step, 0))
        finally:
            drain.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run).result() == [2, 1]

    assert db.one("SELECT sum(hits) FROM dropped_hit") == (5,)


def rename(table, name):
    db.execute(f"ALTER TABLE {table} RENAME TO {name}")


def test_a_database_that_is_away_is_no_surprise():
    assert set(AWAY) >= {peewee.OperationalError, peewee.InterfaceError, psycopg.OperationalError}


class Spoiling:
    """A log whose second hit is one that no rule can read."""

    def __init__(self, source):
        self.source = source

    def read(self, limit, after):
        batch = self.source.read(limit, after)
        spoilt = [
            one._replace(user_agent=None) if number == 1 else one
            for number, one in enumerate(batch.hits)
        ]
        return replace(batch, hits=tuple(spoilt))

    def __getattr__(self, name):
        return getattr(self.source, name)


def test_a_hit_that_cannot_be_taken_in_is_set_aside_and_holds_up_no_other(
    world, mail, settings, sink
):
    stamped, pixel, _ = mail
    put(sink, [hit(pixel, after=60 * number) for number in range(1, 6)], Tally())

    assert drained(settings, Spoiling) == 5

    assert stored() == (4, 4)
    assert world.message(stamped).opens_total == 4
    ((kept, reason),) = db.rows("SELECT hit, reason FROM set_aside_hit")
    assert pixel in kept
    assert "Error" in reason
    assert drained(settings) == 0
