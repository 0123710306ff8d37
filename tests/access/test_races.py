"""Signing in at the moment in which the password changes: no session of the old one outlives it."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.access import factors, signing_in, totp
from backend.access.tries import Door
from backend.models.access import caller_of_session, issue_signin_link, open_session
from backend.models.org import Session
from tests.capture.taking import one_behind_the_other

OLD, NEW = "copper lantern on a quiet hill", "another lantern, another hill"
DOOR = Door("secret", "alice@ours.test", "198.51.100.7")
SECRET = totp.secret_of("key", "session")


def code_now():
    return totp.code_at(SECRET, totp.step_of(clock.wall()))


@pytest.fixture
def alice(world):
    signing_in.set_password(world.alice, OLD)
    return world.alice


@pytest.fixture
def ways(alice, safe):
    """Ways to sign in as alice: by her old password, by a link, by her code."""

    def with_password():
        entered = signing_in.with_password(alice.email, OLD, DOOR)
        return entered and entered.text

    def with_link():
        link = issue_signin_link(alice)
        return lambda: open_session(link)

    def with_code():
        factors.confirm(alice, safe, SECRET, code_now())
        half = signing_in.with_password(alice.email, OLD, DOOR).text
        later = time_machine.travel(clock.wall() + timedelta(minutes=1), tick=True)
        return lambda: _at(later, lambda: signing_in.with_code(half, code_now(), DOOR, safe))

    return {"password": lambda: with_password, "link": with_link, "code": with_code}


def _at(travel, call):
    with travel:
        return call()


@pytest.mark.parametrize("way", ["password", "link", "code"])
@pytest.mark.parametrize("is_first", [True, False])
def test_no_session_of_the_old_password_outlives_the_new_one(alice, ways, way, is_first):
    sign_in = ways[way]()
    opened = []
    steps = [
        lambda: opened.append(sign_in()),
        lambda: signing_in.set_password(alice, NEW),
    ]

    one_behind_the_other(*(steps if is_first else steps[::-1]))

    assert [text for text in opened if text and caller_of_session(text)] == []
    assert Session.select().where(Session.ended_at.is_null()).count() == 0


def test_a_sign_in_while_the_factor_is_switched_on_is_asked_for_its_code(alice, safe):
    opened = []

    one_behind_the_other(
        lambda: factors.confirm(alice, safe, SECRET, code_now()),
        lambda: opened.append(signing_in.with_password(alice.email, OLD, DOOR)),
    )

    assert [entered.awaits_code for entered in opened] == [True]
