"""One worker a mailbox; one that lost it can commit nothing."""

import pytest

from backend import clock, db
from backend.capture import leases
from tests.capture.letters import mailbox_of


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


def expire():
    db.execute("UPDATE mailbox SET lease_until = %s", [clock.EPOCH])


def test_a_lease_is_had_once(mailbox):
    assert leases.take(mailbox.id, "one")
    assert leases.take(mailbox.id, "two") is None


def test_a_lease_that_ran_out_can_be_taken_and_the_first_holder_writes_no_more(mailbox):
    first = leases.take(mailbox.id, "one")
    expire()
    second = leases.take(mailbox.id, "two")

    leases.hold(second)
    with pytest.raises(leases.LeaseLost):
        leases.hold(first)


def test_a_late_release_takes_nothing_from_the_next_holder(mailbox):
    first = leases.take(mailbox.id, "one")
    expire()
    leases.take(mailbox.id, "two")

    leases.release(first)

    assert leases.take(mailbox.id, "three") is None


def test_a_mailbox_that_is_gone_has_no_lease(world):
    assert leases.take(clock.new_id(), "one") is None


def test_work_whose_mailbox_was_taken_over_ends_without_a_word(mailbox):
    done = []

    with leases.working(mailbox.id, "one") as lease:
        expire()
        leases.take(mailbox.id, "two")
        with leases.holding(lease):
            done.append("written")
        done.append("gone on")

    assert done == []
    assert leases.take(mailbox.id, "three") is None


def test_whoever_works_gives_the_mailbox_back_and_nobody_works_beside(mailbox):
    with leases.working(mailbox.id, "one") as lease, leases.working(mailbox.id, "two") as other:
        assert lease
        assert other is None

    assert leases.take(mailbox.id, "three")
