"""The organisation's tables."""

import pytest

from backend import clock
from backend.errors import NotFound
from backend.models.org import User, user_of
from backend.models.preferences import store


def test_a_user_is_read_whole(world):
    store(world.alice.id, {"notifications": {"open": {"push": True}}})
    by_peewee = User.get_by_id(world.alice.id)

    assert user_of(world.alice.id).__data__ == by_peewee.__data__


def test_a_user_who_is_gone_is_told(world):
    with pytest.raises(NotFound):
        user_of(clock.new_id())
