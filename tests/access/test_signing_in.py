"""Signing in: one answer for every wrong way, a half session until the code, and an audit row."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.access import factors, signing_in, totp
from backend.access.safe import Safe
from backend.access.signing_in import Shown
from backend.access.tries import Door
from backend.errors import Invalid
from backend.models.access import (
    Proof,
    caller_of_session,
    end_sessions_of,
    issue_signin_link,
    open_session,
    open_session_of,
)
from backend.models.org import AuditLog, User

GOOD = "copper lantern on a quiet hill"
DOOR = Door("secret", "alice@ours.test", "198.51.100.7")
SECRET = totp.secret_of("key", "session")
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def database_url():
    return ""  # the queries are those of the other tests of this room


@pytest.fixture
def alice(world):
    """Alice, with a password."""
    signing_in.set_password(world.alice, GOOD)
    return world.alice


def code_later(seconds=60):
    return totp.code_at(SECRET, totp.step_of(clock.wall() + timedelta(seconds=seconds)))


def actions():
    return [row.action for row in AuditLog.select().order_by(AuditLog.occurred_at)]


def test_the_right_password_signs_in(alice):
    entered = signing_in.with_password(" Alice@OURS.test ", GOOD, DOOR)

    assert caller_of_session(entered.text).user_id == alice.id
    assert not caller_of_session(entered.text).has_second_factor
    assert actions() == ["user.password_changed", "signin.done"]


@pytest.mark.parametrize(
    ("why", "email", "password"),
    [
        ("a wrong password", "alice@ours.test", GOOD + "x"),
        ("nobody", "nobody@ours.test", GOOD),
        ("no address", "alice", GOOD),
        ("one without a password", "bob@ours.test", ""),
        ("one without a password", "bob@ours.test", GOOD),
    ],
)
def test_whatever_is_wrong_gets_nothing(alice, why, email, password):
    assert signing_in.with_password(email, password, DOOR) is None


def test_a_disabled_user_gets_nothing(alice):
    User.update(is_disabled=True).where(User.id == alice.id).execute()

    assert signing_in.with_password("alice@ours.test", GOOD, DOOR) is None


def test_with_a_second_factor_the_password_is_half_a_session(alice, safe):
    factors.confirm(alice, safe, SECRET, code_later(0))

    entered = signing_in.with_password("alice@ours.test", GOOD, DOOR)

    assert entered.awaits_code
    assert caller_of_session(entered.text) is None
    assert signing_in.with_code(entered.text, "000000", DOOR, safe) is None
    with time_machine.travel(clock.wall() + timedelta(minutes=1), tick=False):
        text = signing_in.with_code(entered.text, code_later(0), DOOR, safe)
        assert caller_of_session(text).has_second_factor
        assert caller_of_session(entered.text) is None
        assert signing_in.with_code(entered.text, code_later(30), DOOR, safe) is None


def test_half_a_session_ends_after_ten_minutes(alice, safe):
    factors.confirm(alice, safe, SECRET, code_later(0))
    entered = signing_in.with_password("alice@ours.test", GOOD, DOOR)

    with time_machine.travel(clock.wall() + timedelta(minutes=10, seconds=1), tick=False):
        assert signing_in.with_code(entered.text, code_later(0), DOOR, safe) is None


def test_a_half_session_that_ends_while_its_code_is_looked_at_becomes_no_whole_one(
    world, alice, vault
):
    class Meanwhile(Safe):
        def get(self, owner, name):
            end_sessions_of(alice.id)
            return super().get(owner, name)

    safe = Meanwhile(vault)
    factors.confirm(alice, safe, SECRET, code_later(0))
    entered = signing_in.with_password(alice.email, GOOD, DOOR)

    with time_machine.travel(clock.wall() + timedelta(minutes=1), tick=False):
        assert signing_in.with_code(entered.text, code_later(0), DOOR, safe) is None


def test_a_new_password_ends_the_other_sessions_and_every_link(alice):
    mine, other = (open_session_of(alice, Proof()) for _ in range(2))
    link = issue_signin_link(alice)

    signing_in.set_password(
        alice, "another lantern, another hill", caller_of_session(mine).session_id
    )

    assert caller_of_session(mine)
    assert caller_of_session(other) is None
    assert open_session(link) is None
    assert signing_in.with_password("alice@ours.test", GOOD, DOOR) is None


def test_a_weak_password_changes_nothing(alice):
    with pytest.raises(Invalid):
        signing_in.set_password(alice, "short")

    assert signing_in.with_password("alice@ours.test", GOOD, DOOR)


def test_to_confirm_one_shows_all_that_one_has(alice, safe):
    session_id = caller_of_session(open_session_of(alice, Proof())).session_id

    def confirms(password="", code=""):
        return signing_in.confirm(alice, session_id, Shown(password, code), safe, DOOR)

    assert confirms(GOOD)
    assert not confirms("wrong")
    factors.confirm(alice, safe, SECRET, code_later(0))
    assert not confirms(GOOD)
    with time_machine.travel(clock.wall() + timedelta(minutes=1), tick=False):
        assert not confirms("wrong", code_later(0))
        assert confirms(GOOD, code_later(0))


def test_who_has_nothing_to_show_cannot_confirm(world, safe):
    bob = world.users["bob"]
    session_id = caller_of_session(open_session_of(bob, Proof())).session_id

    assert signing_in.can_confirm(bob) == (False, False)
    assert not signing_in.confirm(bob, session_id, Shown("", ""), safe, DOOR)
