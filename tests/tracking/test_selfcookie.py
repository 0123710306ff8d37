"""The "this is me" cookie: ours, unchanged, and not over."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.tracking import selfcookie

KEY = selfcookie.key_of("one secret")
USER = "01890000-0000-7000-8000-00000000000a"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = selfcookie.sign(KEY, USER, NOON)

CASES = (
    ("before its end", GOOD, KEY, NOON - timedelta(seconds=1), USER),
    ("at its end", GOOD, KEY, NOON, None),
    ("under another secret", GOOD, selfcookie.key_of("another"), NOON - timedelta(1), None),
    ("another user", GOOD.replace("0a.", "0b."), KEY, NOON - timedelta(1), None),
    ("a later end", GOOD.replace(".1", ".2"), KEY, NOON - timedelta(1), None),
    ("cut short", GOOD[:-1], KEY, NOON - timedelta(1), None),
    ("empty", "", KEY, NOON, None),
    ("a year of many digits", f"{USER}.{'9' * 40}.x", KEY, NOON, None),
)


@pytest.mark.req("R23")
@pytest.mark.parametrize(
    ("why", "value", "key", "at", "user"), CASES, ids=[row[0] for row in CASES]
)
def test_a_cookie_names_its_user_only_while_it_holds(why, value, key, at, user):
    assert selfcookie.read(key, value, at) == user, why


def test_the_value_needs_no_quoting_in_a_cookie():
    assert all(character.isalnum() or character in ".-_" for character in GOOD)
