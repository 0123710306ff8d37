"""Passwords: kept as argon2id, too weak ones refused, nobody's as slow as somebody's."""

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from backend import clock
from backend.access import passwords
from backend.errors import Invalid

GOOD = "copper lantern on a quiet hill"


def test_only_the_password_matches_its_hash():
    kept = passwords.make_hash(GOOD)

    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches("", GOOD)
    assert not passwords.matches("no hash at all", GOOD)


def test_the_hash_is_argon2id_with_the_parameters_of_the_rfc():
    found = extract_parameters(passwords.make_hash(GOOD))

    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (
        Type.ID, 65536, 3, 4,
    )  # fmt: skip


def test_the_same_letters_typed_on_two_systems_match():
    assert passwords.matches(passwords.make_hash("Grüße aus Köln, 12"), "Grüße aus Köln, 12")


def test_a_user_who_is_not_there_takes_as_long():
    kept = passwords.make_hash(GOOD)

    def fastest(hash_):
        times = []
        for _ in range(5):
            started = clock.monotonic()
            passwords.matches(hash_, "wrong wrong wrong")
            times.append(clock.monotonic() - started)
        return min(times)

    assert 0.5 < fastest("") / fastest(kept) < 2


@pytest.mark.parametrize(
    ("why", "password"),
    [
        ("short", "abcdefghijk"),
        ("endless", "ab cd ef " * 40),
        ("one letter", "aaaaaaaaaaaaaaaa"),
        ("common", "Password123456"),
        ("the name of the product", "telltale123456"),
        ("one's own address", "annabelle1234"),
    ],
)
def test_a_weak_one_is_refused(why, password):
    with pytest.raises(Invalid):
        passwords.require_strong(password, "annabelle@ours.test")


@pytest.mark.parametrize("password", [GOOD, "korrekt Pferd Batterie", "9f2kd81ms0qw"])
def test_a_good_one_is_taken(password):
    passwords.require_strong(password, "annabelle@ours.test")
