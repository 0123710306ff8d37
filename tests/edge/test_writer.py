"""Group commit: what waits shares a commit, answers come after it, faults are counted."""

import asyncio

import pytest

from backend import clock
from backend.edge.answers import GIF_ANSWER, PNG_ANSWER
from backend.edge.arrivals import HitMaker
from backend.edge.requests import Request
from backend.edge.vitals import Vitals
from backend.edge.writer import Writer
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.hitlog import NotStored, OutcomeUnknown, Tally

STORED, NOT_STORED = GIF_ANSWER, PNG_ANSWER


class MemorySink:
    """A log in memory whose next appends can be made to fail."""

    def __init__(self):
        self.batches = []
        self.tallies = []
        self.faults = []
        self.is_closed = False

    def append(self, hits, tally):
        if self.faults:
            raise self.faults.pop(0)
        self.batches.append([hit[1] for hit in hits])
        self.tallies.append(tally)

    def salt(self, day):
        return b"s" * 32

    def tidy(self):
        return False

    def close(self):
        self.is_closed = True


class Nowhere:
    def facts_at(self, version, number):
        return NetworkFacts()


class Client:
    """Asks once; `answered` is the answer's body."""

    def __init__(self):
        self.answered = asyncio.get_running_loop().create_future()

    def answer(self, request, answer):
        self.answered.set_result(answer.body == STORED.body)


class Desk:
    """A writer with its loop, for the length of one test."""

    def __init__(self):
        self.sink = MemorySink()
        self.vitals = Vitals()
        self.writer = Writer(self.sink, HitMaker(Nowhere(), 0), self.vitals)

    def run(self, story):
        async def whole():
            self.writer.start(asyncio.get_running_loop())
            try:
                return await story
            finally:
                self.writer.stop()

        return asyncio.run(whole())

    def put(self, token):
        client = Client()
        request = Request(b"GET / HTTP/1.1\r\n\r\n", "127.0.0.1", client)
        now = clock.now_micros()
        self.writer.put((request, Kind.OPEN, token, now, STORED, NOT_STORED, None))
        return client.answered


@pytest.fixture
def desk():
    return Desk()


def test_what_arrives_together_shares_a_commit(desk):
    async def story():
        return await asyncio.gather(*[desk.put(f"{index}") for index in range(50)])

    assert desk.run(story()) == [True] * 50
    assert desk.sink.batches == [[f"{index}" for index in range(50)]]


def test_nothing_is_answered_before_its_commit(desk):
    async def story():
        first = desk.put("first")
        before = (first.done(), list(desk.sink.batches))
        await first
        await asyncio.gather(desk.put("second"), desk.put("third"))
        return before

    assert desk.run(story()) == (False, [])
    assert desk.sink.batches == [["first"], ["second", "third"]]


def test_a_token_that_is_not_ours_waits_for_a_commit_too(desk):
    async def story():
        desk.vitals.rejected += 1
        unknown = desk.put(None)
        before = unknown.done()
        return before, await unknown

    assert desk.run(story()) == (False, True)
    assert (desk.sink.batches, desk.sink.tallies) == ([[]], [Tally(rejected=1)])
    assert (desk.vitals.stored, desk.vitals.commits) == (0, 1)


def test_what_waits_at_the_end_is_stored(desk):
    async def story():
        desk.put("late")

    desk.run(story())

    assert (desk.sink.batches, desk.sink.is_closed) == ([["late"]], True)


FAULTS = (
    ("the log refuses", NotStored("disk full"), Tally(not_stored=1)),
    ("the log does not say", OutcomeUnknown("late"), Tally(unknown=1)),
    ("something nobody thought of", ValueError("surprise"), Tally(not_stored=1)),
)


@pytest.mark.parametrize(("why", "fault", "tally"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_is_answered_counted_and_told_to_the_log_when_it_is_back(desk, why, fault, tally):
    async def story():
        desk.sink.faults.append(fault)
        failed = await desk.put("lost")
        health = desk.vitals.health().status
        return failed, health, await desk.put("kept"), desk.vitals.health().status

    assert desk.run(story()) == (False, 503, True, 200), why
    assert desk.sink.batches[0] == ["kept"]
    assert desk.sink.tallies[0] == tally


def test_a_log_that_comes_back_is_noticed_without_a_hit(desk):
    async def story():
        desk.sink.faults.append(NotStored("disk full"))
        await desk.put("lost")
        async with asyncio.timeout(5):
            while desk.vitals.fault:
                await asyncio.sleep(0.02)

    desk.run(story())

    assert desk.sink.batches == [[]]


def test_the_end_writes_what_still_counts_and_gives_the_log_back(desk):
    async def story():
        desk.vitals.rejected += 7

    desk.run(story())

    assert (desk.sink.tallies, desk.sink.is_closed) == ([Tally(rejected=7)], True)
