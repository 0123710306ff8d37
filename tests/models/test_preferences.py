from concurrent.futures import ThreadPoolExecutor

import pytest

from backend import db
from backend.models import preferences
from backend.models.org import User
from backend.models.preferences import remember_choice, store, tracking_default


def alice(world):
    return User.get_by_id(world.alice.id)


@pytest.mark.req("R11")
def test_tracking_is_off_until_it_is_switched_on_and_then_stays_as_chosen(world):
    assert tracking_default(alice(world)) == (False, False)

    remember_choice(world.alice.id, opens=True, links=False)

    assert tracking_default(alice(world)) == (True, False)
    assert tracking_default(User.get_by_id(world.users["bob"].id)) == (False, False)


def test_only_what_was_chosen_is_stored(world):
    store(world.alice.id, {"notifications": {"open": {"push": True}}})
    store(world.alice.id, {"notifications": {"open": {"in_app": False}, "click": {"mail": True}}})

    assert alice(world).preferences == {
        "notifications": {"open": {"push": True, "in_app": False}, "click": {"mail": True}}
    }
    matrix = preferences.all_of(alice(world))["notifications"]
    assert matrix["open"] == {"in_app": False, "push": True, "mail": False}
    assert matrix["bounce"] == {"in_app": True, "push": False, "mail": True}


def test_two_choices_at_once_are_both_kept(world):
    def choose(given):
        with db.connection():
            store(world.alice.id, given)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(choose, [{"opens": True}, {"links": True}, {"theme": "dark"}] * 8))

    assert alice(world).preferences == {"opens": True, "links": True, "theme": "dark"}
