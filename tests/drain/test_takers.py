"""Two processes take a batch in, side by side: the same tables come out, each hit exactly once."""

import fcntl
import multiprocessing
import os
import signal
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue

import peewee
import pytest

from backend import db
from backend.drain.steps import Drain
from backend.drain.takers import Part, TakerLost, Takers, _read
from backend.tracking.facts import Kind
from backend.tracking.hitlog import Tally, open_sink, open_source
from backend.tracking.targets import targets_of
from tests.hitlog import put
from tests.processes import ROOT, spawn
from tests.waiting import free_port, wait_until
from tests.world import SECRET, hit

MAILS = 6


@pytest.fixture(scope="module")
def database_url(migrated_url):
    return migrated_url


@pytest.fixture
def sink(settings):
    made = open_sink(settings)
    yield made
    made.close()


@pytest.fixture(scope="module")
def takers(settings):
    made = Takers(settings, least=2)
    yield made
    made.close()


@pytest.fixture
def others(takers):
    """The takers at work beside those of the module."""
    ours = set(at_work())
    return lambda: [one for one in at_work() if one not in ours]


def at_work():
    return [child for child in multiprocessing.active_children() if child.name == "taker"]


@pytest.fixture
def mails(world):
    """Six sent mails; the opens of the last one are refused."""
    made = [world.send() for _ in range(MAILS)]
    db.execute("UPDATE stamp SET opens = %s WHERE id = %s", [False, made[-1].id])
    return made


@pytest.fixture
def hits(world, mails):
    """Four opens and two clicks on each, one after another."""
    found = []
    for number in range(6 * MAILS):
        mail, turn = mails[number % MAILS], number // MAILS
        is_click = turn % 3 == 2
        token = world.click_token(mail) if is_click else world.open_token(mail)
        kind = Kind.CLICK if is_click else Kind.OPEN
        found.append(hit(token, kind, after=60 + 600 * number, reader=f"{turn}"))
    return found


def drained(settings, takers, size, wrap=lambda source: source):
    """What each step of a drain moved, until there was nothing left."""

    def run():
        drain = Drain(settings, wrap(open_source(settings)), size, takers=takers)
        try:
            return list(iter(drain.step, 0))
        finally:
            drain.close()

    # In a thread: it takes a connection of its own for each step, and ours is held.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def outcome(world, mails):
    """What the tables say: counters by mail, hits, engagements, refused ones."""
    counters = [world.message(mail) for mail in mails]
    return (
        [(one.opens_total, one.click_count, one.first_opened_at) for one in counters],
        db.one("SELECT count(*), count(DISTINCT id) FROM hit"),
        db.one("SELECT count(*) FROM engagement"),
        db.one("SELECT sum(hits) FROM dropped_hit"),
    )


def expected(world, mails, hits):
    ours = [hits[number::MAILS] for number in range(MAILS)]
    opened = [
        (4, 2, min(one.received_at for one in theirs if one.kind is Kind.OPEN))
        for theirs in ours[:-1]
    ]
    clicks = [one.received_at for one in ours[-1] if one.kind is Kind.CLICK]
    stored = 6 * MAILS - 4
    return [*opened, (0, 2, min(clicks))], (stored, stored), (stored,), (4,)


@pytest.mark.req("R16")
@pytest.mark.parametrize("size", [7, 100])
def test_what_two_take_in_is_what_one_would(world, mails, hits, settings, sink, takers, size):
    put(sink, hits, Tally())

    moved = drained(settings, takers, size)

    assert sum(moved) == len(hits)
    assert outcome(world, mails) == expected(world, mails, hits)
    assert db.one('SELECT feed_version > 0 FROM "user" WHERE id = %s', [world.alice.id]) == (True,)


def test_who_asks_to_be_left_alone_is_so_in_the_whole_batch(mails, hits, settings, sink, takers):
    ((token,),) = db.rows(
        "SELECT unsubscribe_token FROM stamp_copy WHERE stamp_id = %s", [mails[3].id]
    )
    stop = hit(token, Kind.UNSUBSCRIBE, after=90_000, headers={"action": "stop"})
    put(sink, [*hits, stop], Tally())

    drained(settings, takers, 100)

    assert db.rows("SELECT kind FROM hit") == [("u",)]
    assert db.one("SELECT sum(hits) FROM dropped_hit") == (len(hits),)


class Failing:
    """A log that goes away when it is asked for what comes after so many batches, once."""

    def __init__(self, source, batches=1):
        self.source, self.left = source, batches

    def read(self, limit, after=""):
        self.left -= bool(after)
        if after and self.left == 0:
            raise peewee.OperationalError("away")
        return self.source.read(limit, after)

    def __getattr__(self, name):
        return getattr(self.source, name)


@pytest.mark.req("R32")
def test_a_place_that_is_not_kept_repeats_nothing(world, mails, hits, settings, sink, takers):
    """Both parts are committed when the drain fails: neither hits nor refused ones come twice."""
    put(sink, hits, Tally())

    with pytest.raises(peewee.OperationalError):
        drained(settings, takers, 30, Failing)
    assert db.one("SELECT count(*) FROM hit") == (30 - 4,)
    assert db.one("SELECT count(*) FROM dropped_hit") == (0,)

    assert drained(settings, takers, 30) == [30, 6]
    assert outcome(world, mails) == expected(world, mails, hits)


@pytest.mark.req("R32")
def test_a_batch_that_was_begun_ahead_is_not_taken_twice(
    world, mails, hits, settings, sink, takers
):
    """The second batch is committed before the place of the first one is kept."""
    put(sink, hits, Tally())

    with pytest.raises(peewee.OperationalError):
        drained(settings, takers, 12, lambda source: Failing(source, batches=2))
    assert db.one("SELECT count(*) FROM hit") == (24 - 3,)
    assert db.one("SELECT count(*) FROM drained_log") == (0,)
    assert db.one("SELECT count(*) FROM dropped_hit") == (0,)

    assert drained(settings, takers, 12) == [12, 12, 12]
    assert outcome(world, mails) == expected(world, mails, hits)


def test_a_taker_has_its_next_part_before_it_is_done_with_this_one(mails, hits, takers):
    batches = [hits[:12], hits[12:24]]

    for batch in batches:
        takers.send(takers.part(batch, targets_of(batch)).halves)

    assert [takers.refused().total() for _ in batches] == [2, 1]
    takers.forget()  # nobody is at work: this would wait for ever


@pytest.mark.req("R32")
def test_a_taker_that_is_killed_costs_nothing(world, mails, hits, settings, sink, others):
    takers = Takers(settings, least=2)
    takers.send(takers.part(hits[-12:], targets_of(hits[-12:])).halves)
    takers.refused()
    put(sink, hits, Tally())
    one, _ = others()
    os.kill(one.pid, signal.SIGKILL)
    one.join()

    with pytest.raises(TakerLost, match="has ended"):
        drained(settings, takers, 100)

    assert others() == []
    assert drained(settings, takers, 100) == [len(hits)]
    assert outcome(world, mails)[:3] == expected(world, mails, hits)[:3]


def test_a_database_that_is_away_is_told_by_its_kind(mails, hits, settings, others):
    nobody = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    takers = Takers(settings.model_copy(update={"database_url": nobody}))
    takers.send([Part(hits, targets_of(hits)).packed(), Part([], {}).packed()])

    with pytest.raises(TakerLost, match="OperationalError"):
        takers.refused()

    assert others() == []


class Spoiling:
    """A log whose second hit is one that no rule can read."""

    def __init__(self, source):
        self.source = source

    def read(self, limit, after=""):
        batch = self.source.read(limit, after)
        hits = list(batch.hits)
        hits[1:2] = [one._replace(user_agent=None) for one in hits[1:2]]
        return replace(batch, hits=tuple(hits))

    def __getattr__(self, name):
        return getattr(self.source, name)


def test_a_hit_that_no_taker_can_take_in_holds_up_no_other(mails, hits, settings, sink, takers):
    put(sink, hits, Tally())

    drained(settings, takers, 100, Spoiling)

    assert db.one("SELECT count(*) FROM hit") == (6 * MAILS - 4 - 1,)
    ((kept,),) = db.rows("SELECT hit FROM set_aside_hit")
    assert hits[1].id in kept


def test_all_hits_of_a_mail_are_in_one_part(world, mails, hits, takers):
    stranger = hit(world.open_token(mails[0])[::-1])
    of_one = [one for one in hits if one.token == hits[0].token]

    parts = takers.part([*hits, stranger], targets_of([*hits, stranger]))
    lower, upper = parts_of(takers, [*hits, stranger])

    assert parts.first.hits == []
    assert {one.stamp_id for one in lower.targets.values()} == {mail.id for mail in mails[:3]}
    assert {one.stamp_id for one in upper.targets.values()} == {mail.id for mail in mails[3:]}
    assert sorted([*lower.hits, *upper.hits]) == sorted(hits)
    assert [len(one.hits) for one in parts_of(takers, of_one)] == [0, len(of_one)]


def test_a_mail_stays_with_its_taker_while_the_halves_are_even(mails, hits, settings):
    takers = Takers(settings, least=2)
    by_mail = [hits[number::MAILS] for number in range(MAILS)]

    def lower_of(numbers):
        batch = [one for number in numbers for one in by_mail[number]]
        lower, _ = parts_of(takers, batch)
        return {one.stamp_id for one in lower.targets.values()}

    assert lower_of([0, 1, 2, 3, 4, 5]) == {mail.id for mail in mails[:3]}
    assert lower_of([1, 2, 3, 4, 5]) == {mail.id for mail in mails[1:3]}
    assert lower_of([2, 3, 4, 5]) == {mail.id for mail in mails[2:4]}


def test_a_part_is_unpacked_as_it_was_packed(hits):
    part = Part(hits, targets_of(hits))

    assert Part.unpacked(part.packed()) == part
    assert Part.unpacked(Part([], {}).packed()) == Part([], {})


def test_a_taker_that_cannot_read_its_part_does_not_keep_the_drain_waiting(settings, others):
    takers = Takers(settings)
    takers.send([b"no part", Part([], {}).packed()])

    with pytest.raises(TakerLost, match="has ended"):
        takers.refused()

    assert others() == []


def test_a_part_that_cannot_be_received_is_the_last_one():
    ours, theirs = multiprocessing.Pipe()
    os.write(ours.fileno(), struct.pack("!iQ", -1, 2**62))  # a part longer than any memory
    parts = SimpleQueue()

    with ours, theirs, pytest.raises((MemoryError, OverflowError)):
        _read(theirs, parts)

    assert parts.get_nowait() is None


def parts_of(takers, hits):
    """The halves as they are unpacked."""
    return [Part.unpacked(half) for half in takers.part(hits, targets_of(hits)).halves]


def test_there_are_no_parts_of_a_few_hits(hits, settings):
    assert Takers(settings).part(hits, targets_of(hits)) is None


@pytest.mark.parametrize(("idle_s", "are_left"), [(0.0, False), (60.0, True)])
def test_takers_end_when_there_was_nothing_to_do_for_long(hits, settings, others, idle_s, are_left):
    takers = Takers(settings, least=2, idle_s=idle_s)
    takers.send(takers.part(hits, targets_of(hits)).halves)
    takers.refused()

    takers.rest()

    assert bool(others()) == are_left
    takers.close()
    assert others() == []


# Each taker holds a lock on the file `lives` for as long as it lives.
LONELY = """
import fcntl, os, pathlib, signal, sys
from functools import partial
from backend.drain.takers import Part, Takers
from backend.settings import Settings
def begin(folder):
    global lock
    lock = pathlib.Path(folder, "lives").open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
if __name__ == "__main__":
    folder, url, secret = sys.argv[1:]
    settings = Settings(data_dir=folder, database_url=url, secret=secret)
    takers = Takers(settings, partial(begin, folder))
    signal.signal(signal.SIGINT, lambda *_: None)
    takers.send([Part([], {}).packed()] * 2)
    os.killpg(0, signal.SIGINT)
    takers.refused()
    print("taken", flush=True)
    signal.pause()
"""


def test_takers_end_with_a_drain_that_is_killed_but_not_by_ctrl_c(settings, tmp_path):
    script, log = tmp_path / "lonely.py", tmp_path / "log"
    script.write_text(LONELY)
    log.touch()
    command = [sys.executable, str(script), str(tmp_path), settings.database_url, SECRET]
    drain = spawn(command, log, PYTHONPATH=str(ROOT))
    wait_until(log.read_text, 60, "an answer of both")
    assert log.read_text() == "taken\n"
    with (tmp_path / "lives").open("a") as lives:
        assert not is_free(lives)

        os.kill(drain, signal.SIGKILL)

        wait_until(lambda: is_free(lives), 60, "their end")


def is_free(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
