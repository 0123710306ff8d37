"""A grant as it is kept: whole, unprintable, and refused when it is no grant."""

import pytest

from backend import clock
from backend.providers.kept import SPARE_S, Access, KeptGrant
from backend.providers.mail import NeedsReauth

GRANT = KeptGrant("refresh", ("openid",), "access", 1_800_000_000)


def test_a_grant_comes_back_as_it_was_kept():
    assert KeptGrant.of(GRANT.text) == GRANT


def test_no_secret_is_in_its_printed_form():
    printed = f"{GRANT!r} {GRANT.access!r}".replace("'", " ").split()

    assert not {"refresh", "access"} & set(printed)


def test_a_grant_begins_with_what_connecting_leaves():
    assert KeptGrant.of('{"refresh_token": "refresh"}') == KeptGrant("refresh")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"client_id": "x"}', '{"more": 1}'])
def test_what_is_no_grant_needs_its_owner(text):
    with pytest.raises(NeedsReauth):
        KeptGrant.of(text)


@pytest.mark.parametrize(
    ("why", "token", "left_s", "is_fresh"),
    [
        ("an hour is left", "x", 3600, True),
        ("it ends within a turn", "x", SPARE_S - 5, False),
        ("it is over", "x", -1, False),
        ("there is none", "", 3600, False),
    ],
)
def test_an_access_token_is_fresh_while_a_turn_fits_in(why, token, left_s, is_fresh):
    ends_at = int(clock.wall().timestamp()) + left_s

    assert Access(token, ends_at).is_fresh is is_fresh, why
