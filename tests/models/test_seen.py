"""Up to where a user has seen her Feed."""

from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Invalid
from backend.models import seen
from backend.models.org import User


def of(user):
    return User.get_by_id(user.id).feed_seen_id


def test_what_was_seen_stays_seen_and_is_each_users_own(world):
    first, second = clock.new_id(), clock.new_id()

    seen.note(world.alice.id, second)
    seen.note(world.alice.id, first)

    assert of(world.alice) == second
    assert of(world.users["bob"]) is None


def test_nothing_can_have_been_seen_that_is_still_to_come(world):
    with pytest.raises(Invalid):
        seen.note(world.alice.id, clock.new_id(clock.now() + timedelta(days=2)))

    assert of(world.alice) is None
