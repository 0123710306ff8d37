"""The second factor: a first code switches it on; each code and recovery code works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.access import factors, totp
from backend.access.safe import Safe
from backend.models.credentials import RecoveryCode

SECRET = totp.secret_of("key", "session")


def code(after_s=0):
    return totp.code_at(SECRET, totp.step_of(clock.wall() + timedelta(seconds=after_s)))


@pytest.fixture
def recovery(world, safe):
    """Alice's recovery codes, her factor being on."""
    return factors.confirm(world.alice, safe, SECRET, code())


def later(seconds=60):
    return time_machine.travel(clock.wall() + timedelta(seconds=seconds), tick=False)


def test_a_wrong_first_code_switches_nothing_on(world, safe):
    assert factors.confirm(world.alice, safe, SECRET, "000000") is None
    assert not factors.is_on(world.alice.id)


def test_the_next_code_passes_once(world, safe, recovery):
    assert factors.is_on(world.alice.id)
    assert not factors.passes(world.alice, safe, code()), "it was used to switch it on"
    with later():
        assert factors.passes(world.alice, safe, code())
        assert not factors.passes(world.alice, safe, code())
    assert not factors.passes(world.users["bob"], safe, code())


def test_of_many_that_bring_one_code_at_once_one_passes(world, safe, recovery):
    with later():
        present = code()

        def one(_):
            with db.connection():
                return factors.passes(world.alice, safe, present)

        with ThreadPoolExecutor(10) as pool:
            assert sum(pool.map(one, range(10))) == 1


def test_a_recovery_code_works_once_however_it_is_written(world, safe, recovery):
    assert len(set(recovery)) == factors.RECOVERY_CODES
    assert factors.passes(world.alice, safe, recovery[0].upper().replace("-", " "))
    assert not factors.passes(world.alice, safe, recovery[0])
    assert factors.recovery_codes_left(world.alice.id) == factors.RECOVERY_CODES - 1
    assert not factors.passes(world.users["bob"], safe, recovery[1])


def test_new_recovery_codes_end_the_old_ones(world, safe, recovery):
    fresh = factors.new_recovery_codes(world.alice)

    assert not factors.passes(world.alice, safe, recovery[1])
    assert factors.passes(world.alice, safe, fresh[1])


def test_of_two_that_ask_for_recovery_codes_at_once_only_ones_ten_are_left(world, recovery):
    def one(_):
        with db.connection():
            return factors.new_recovery_codes(world.alice)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))

    assert factors.recovery_codes_left(world.alice.id) == factors.RECOVERY_CODES


def test_of_two_that_switch_it_on_at_once_one_secret_counts_and_it_is_the_one_that_was_told(
    world, vault
):
    other = totp.secret_of("key", "another session")
    told = []

    class Meanwhile(Safe):
        def put(self, owner, name, text):
            present = totp.code_at(other, totp.step_of(clock.wall()))
            told.append(factors.confirm(world.alice, Safe(vault), other, present))
            super().put(owner, name, text)

    told.append(factors.confirm(world.alice, Meanwhile(vault), SECRET, code()))

    assert [codes is not None for codes in told] == [False, True]
    with later():
        assert factors.passes(world.alice, Safe(vault), code())


def test_it_cannot_be_replaced_while_it_is_on_and_is_gone_when_it_is_off(world, safe, recovery):
    with later():
        assert factors.confirm(world.alice, safe, SECRET, code()) is None

    factors.switch_off(world.alice, safe)

    assert not factors.is_on(world.alice.id)
    assert RecoveryCode.select().count() == 0
    with later(120):
        assert not factors.passes(world.alice, safe, code())
        assert factors.confirm(world.alice, safe, SECRET, code())


def test_the_database_shows_neither_secret_nor_codes(world, safe, recovery):
    kept = str(db.rows("SELECT * FROM secret")) + str(db.rows("SELECT * FROM recovery_code"))

    assert SECRET not in kept
    assert not any(one in kept or one.replace("-", "") in kept for one in recovery)
