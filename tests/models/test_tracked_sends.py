"""A send belongs to one who asks for it at a time, and is done once."""

from datetime import timedelta

from backend.models import tracked_sends
from backend.models.tracked_sends import PATIENCE, Claim
from tests.world import NOON


def claim(world, stamped):
    return tracked_sends.claim(world.alice.org_id, stamped.id)


def test_the_first_who_asks_has_it_until_it_is_done(world):
    stamped = world.stamp()

    assert (claim(world, stamped), claim(world, stamped)) == (Claim.MINE, Claim.BUSY)
    tracked_sends.finish(stamped.id)
    assert claim(world, stamped) is Claim.DONE
    tracked_sends.give_back(stamped.id)
    assert tracked_sends.state_of(stamped.id) == "sent"


def test_what_was_given_back_can_be_had_again(world):
    stamped = world.stamp()
    claim(world, stamped)

    tracked_sends.give_back(stamped.id)

    assert tracked_sends.state_of(stamped.id) == ""
    assert claim(world, stamped) is Claim.MINE


def test_who_died_over_it_does_not_hold_it_for_ever(world, time_machine):
    time_machine.move_to(NOON, tick=False)
    stamped = world.stamp()
    claim(world, stamped)
    time_machine.shift(PATIENCE + timedelta(seconds=1))

    assert (claim(world, stamped), claim(world, stamped)) == (Claim.MINE, Claim.BUSY)
