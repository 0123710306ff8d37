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
