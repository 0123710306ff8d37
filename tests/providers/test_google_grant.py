"""A grant as it is kept: whole, unprintable, and refused when it is no grant."""

from datetime import UTC, datetime

import pytest

from backend.providers.google_grant import GoogleClient, GoogleGrant, credentials_of, renewed
from backend.providers.mail import NeedsReauth

GRANT = GoogleGrant("refresh", ("openid",), "access", 1_800_000_000)
CLIENT = GoogleClient("us", "hush")


def test_a_grant_comes_back_as_it_was_kept():
    assert GoogleGrant.of(GRANT.text) == GRANT


def test_no_secret_is_in_its_printed_form():
    printed = f"{GRANT!r} {CLIENT!r}".replace("'", " ").split()

    assert not {"hush", "refresh", "access"} & set(printed)


def test_a_grant_begins_with_what_connecting_leaves():
    assert GoogleGrant.of('{"refresh_token": "refresh"}') == GoogleGrant("refresh")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"client_id": "x"}', '{"more": 1}'])
def test_what_is_no_grant_needs_its_owner(text):
    with pytest.raises(NeedsReauth):
        GoogleGrant.of(text)


def test_credentials_know_when_they_end():
    found = credentials_of(GRANT, CLIENT)

    assert found.expiry == datetime.fromtimestamp(1_800_000_000, UTC).replace(tzinfo=None)
    assert renewed(GRANT, found) == GRANT
