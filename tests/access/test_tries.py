"""Tries are counted per account and network, over all processes, also when they come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.access import tries
from backend.access.tries import Door
from backend.errors import TooManyTries
from backend.models.credentials import SigninTry


def door(account="ann@ours.test", address="198.51.100.7"):
    return Door("secret", account, address)


def exhaust(**given):
    for _ in range(tries.PER_ACCOUNT):
        tries.enter(door(**given))


def test_the_eleventh_try_is_refused_and_another_accounts_is_not(world):
    exhaust()

    with pytest.raises(TooManyTries):
        tries.enter(door())

    tries.enter(door(account="bob@ours.test"))


def test_refused_tries_do_not_use_the_network_up(world):
    exhaust()
    for _ in range(200):
        with pytest.raises(TooManyTries):
            tries.enter(door())

    assert SigninTry.select().count() == 2 * tries.PER_ACCOUNT


def test_a_network_that_tries_many_accounts_is_refused(world):
    for number in range(tries.PER_NETWORK):
        tries.enter(door(account=f"{number}@ours.test", address=f"198.51.100.{number}"))

    with pytest.raises(TooManyTries):
        tries.enter(door(account="new@ours.test", address="198.51.100.200"))
    tries.enter(door(account="new@ours.test", address="203.0.113.1"))


def test_a_right_one_is_taken_back_and_time_heals(world):
    exhaust()
    (first, *_) = SigninTry.select()
    tries.forgive([first.id])
    tries.enter(door())

    with time_machine.travel(clock.wall() + tries.WINDOW + timedelta(seconds=1), tick=False):
        tries.enter(door())
        assert tries.forget_old() == 2 * tries.PER_ACCOUNT + 1


def test_of_many_at_once_no_more_get_through(world):
    def one(_):
        with db.connection():
            try:
                tries.enter(door())
            except TooManyTries:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        let_in = sum(pool.map(one, range(40)))

    assert let_in <= tries.PER_ACCOUNT


def test_no_address_is_kept(world):
    tries.enter(door())

    assert "198.51" not in str(db.rows("SELECT * FROM signin_try"))
    assert "ann@" not in str(db.rows("SELECT * FROM signin_try"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_neighbours_share(address, network):
    assert tries.network_of(address) == network
