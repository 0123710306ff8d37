"""Links that set a password: once, for a while, for whom they were made."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.access import invitations
from backend.errors import Invalid
from backend.models.access import Purpose, caller_of_session, issue_signin_link, open_session
from backend.models.org import User

GOOD = "copper lantern on a quiet hill"
pytestmark = pytest.mark.usefixtures("quick")


def invited(world, purpose=Purpose.INVITE):
    return invitations.issue(world.users["bob"], purpose, "ada@ours.test")


def test_an_invitation_sets_the_password_and_signs_in_once(world):
    code = invited(world)

    assert invitations.look(code).user.email == "bob@ours.test"
    entered = invitations.accept(code, GOOD)

    assert caller_of_session(entered.text).email == "bob@ours.test"
    assert invitations.look(code) is None
    assert invitations.accept(code, GOOD) is None


def test_of_many_at_once_one_is_let_in(world):
    code = invited(world)

    def one(number):
        with db.connection():
            return invitations.accept(code, f"{GOOD} {number}")

    with ThreadPoolExecutor(10) as pool:
        assert sum(entered is not None for entered in pool.map(one, range(10))) == 1


@pytest.mark.parametrize("purpose", list(invitations.LIFE))
def test_a_link_is_refused_after_its_time(world, purpose):
    code = invited(world, purpose)

    with time_machine.travel(
        clock.wall() + invitations.LIFE[purpose] - timedelta(seconds=1), tick=False
    ):
        assert invitations.look(code)
    with time_machine.travel(
        clock.wall() + invitations.LIFE[purpose] + timedelta(seconds=1), tick=False
    ):
        assert invitations.look(code) is None
        assert invitations.accept(code, GOOD) is None


def test_no_link_lives_longer_than_the_standard_allows():
    assert invitations.LIFE[Purpose.INVITE] <= timedelta(hours=48)
    assert invitations.LIFE[Purpose.RESET] <= timedelta(minutes=30)


def test_a_weak_password_leaves_the_link_as_it_is(world):
    code = invited(world)

    with pytest.raises(Invalid):
        invitations.accept(code, "short")
    assert invitations.accept(code, GOOD)


def test_a_new_link_ends_the_one_before(world):
    first = invited(world)
    second = invited(world)

    assert invitations.look(first) is None
    assert invitations.look(second)


def test_a_link_is_no_way_round_another_kind(world):
    assert open_session(invited(world)) is None
    assert invitations.look(issue_signin_link(world.users["bob"])) is None


def test_a_disabled_users_link_is_worthless(world):
    code = invited(world)
    User.update(is_disabled=True).where(User.id == world.users["bob"].id).execute()

    assert invitations.accept(code, GOOD) is None
