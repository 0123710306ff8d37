"""Loop tests as rows: claimed by one, told step by step, forgotten in time."""

from datetime import timedelta

import pytest

from backend import clock
from backend.models import loop_tests
from backend.models.loop_tests import LIFE, LoopState, LoopTest, Note, Step
from backend.models.mailboxes import Connection


@pytest.fixture
def make(world):
    """Makes a test of one connection."""
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider="google", method="user_consent", client_id="us", state="ready"
    )

    def one(**changes):
        values = {
            "org_id": ada.org_id, "connection_id": connection.id, "user_id": ada.id,
            "address": ada.email, "language": "en",
        }  # fmt: skip
        return LoopTest.create(**values | changes)

    return one


def test_the_oldest_is_claimed_first_and_each_once(make):
    now = clock.now()
    second, first = make(created_at=now), make(created_at=now - timedelta(seconds=5))

    claimed = [loop_tests.claim() for _ in range(3)]

    assert [each and each.id for each in claimed] == [first.id, second.id, None]
    assert claimed[0].state == LoopState.RUNNING


def test_a_step_is_told_anew_in_its_place(make):
    test = make()
    test.note(Note(Step.STAMP, "good"))
    test.note(Note(Step.SEND, "now"))
    test.note(Note(Step.SEND, "bad", "away", "HTTP 500", 12))

    notes = LoopTest.get_by_id(test.id).notes

    assert notes == [Note("stamp", "good"), Note("send", "bad", "away", "HTTP 500", 12)]


def test_the_newest_of_a_connection_is_the_latest(make):
    make(created_at=clock.now() - timedelta(days=1))
    newest = make()

    assert loop_tests.latest(newest.connection_id).id == newest.id
    assert loop_tests.latest(clock.new_id()) is None


def test_those_of_long_ago_are_forgotten(make):
    make(heard_at=clock.wall() - LIFE - timedelta(minutes=1))
    kept = make()

    assert loop_tests.forget_old() == 1
    assert [each.id for each in LoopTest.select()] == [kept.id]
