"""Passwords: kept as argon2id, too weak ones refused, nobody's as slow as somebody's."""

import sys

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, verify_secret

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
    (kept,) = computed(passwords.make_hash(GOOD))
    (nobodys,) = computed("")

    assert extract_parameters(nobodys) == extract_parameters(kept)
    assert len(nobodys) == len(kept)
    for each in (nobodys, kept):
        with pytest.raises(VerifyMismatchError):  # computed to its end, and not found broken before
            verify_secret(each.encode(), b"wrong wrong wrong", Type.ID)


def computed(kept):
    """The hashes that argon2 computes to say no: how long that takes hangs on them alone."""
    found = []

    def note(frame, event, _):
        if event == "call" and frame.f_code is verify_secret.__code__:
            found.append(frame.f_locals["hash"].decode())

    sys.setprofile(note)
    try:
        assert not passwords.matches(kept, "wrong wrong wrong")
    finally:
        sys.setprofile(None)
    return found


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
