"""Group commit: what waits shares a commit, answers come after it, faults are counted."""

import asyncio
import threading

import pytest

from backend import clock
from backend.edge.arrivals import Arrival, HitMaker
from backend.edge.vitals import Vitals
from backend.edge.writer import Writer
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.hitlog import NotStored, OutcomeUnknown, Tally


class MemorySink:
    """A log in memory whose next appends can be held up or made to fail."""

    def __init__(self):
        self.batches = []
        self.tallies = []
        self.faults = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_closed = False

    def append(self, hits, tally):
        self.gate.wait(5)
        if self.faults:
            raise self.faults.pop(0)
        self.batches.append([hit.token for hit in hits])
        self.tallies.append(tally)

    def salt(self, day):
        return b"s" * 32

    def tidy(self):
        return False

    def close(self):
        self.is_closed = True


class Nowhere:
    def facts(self, address):
        return NetworkFacts()

    def get(self, key):
        return None

    def get_all(self, key):
        return []

    def keys(self):
        return []


NOWHERE = Nowhere()


class Desk:
    """A writer with its loop, for the length of one test."""

    def __init__(self):
        self.sink = MemorySink()
        self.vitals = Vitals()
        self.writer = Writer(self.sink, HitMaker(NOWHERE, 0), self.vitals)

    def run(self, story):
        async def whole():
            self.writer.start(asyncio.get_running_loop())
            return await story

        try:
            return asyncio.run(whole())
        finally:
            self.writer.stop()

    def put(self, token):
        stored = asyncio.get_running_loop().create_future()
        return self.writer.put(
            Arrival(Kind.OPEN, token, clock.now(), "127.0.0.1:1", NOWHERE, stored)
        )


@pytest.fixture
def desk():
    return Desk()


def test_what_arrives_together_shares_a_commit(desk):
    async def story():
        return await asyncio.gather(*[desk.put(f"{index}") for index in range(50)])

    assert desk.run(story()) == [True] * 50
    assert desk.sink.batches == [[f"{index}" for index in range(50)]]


def test_what_arrives_during_a_commit_is_the_next_one(desk):
    async def story():
        desk.sink.gate.clear()
        first = desk.put("first")
        await asyncio.sleep(0.01)
        later = [desk.put("second"), desk.put("third")]
        await asyncio.sleep(0.01)
        waited = [future.done() for future in (first, *later)]
        desk.sink.gate.set()
        await asyncio.gather(first, *later)
        return waited

    assert desk.run(story()) == [False, False, False]
    assert desk.sink.batches == [["first"], ["second", "third"]]


def test_a_client_that_hung_up_costs_the_others_nothing(desk):
    async def story():
        gone, there = desk.put("gone"), desk.put("there")
        gone.cancel()
        return await there

    assert desk.run(story()) is True
    assert desk.sink.batches == [["gone", "there"]]


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
