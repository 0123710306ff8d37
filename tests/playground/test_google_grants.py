"""Codes and tokens of the playground's Google: each for its purpose, once, till withdrawn."""

import base64
import hashlib
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Forbidden, NotSignedIn
from playground.google import Google
from playground.google_grants import CODE_S, GoogleGrants, GrantRefused, Wish

ALICE = "alice@ours.test"
VERIFIER = "a verifier of forty-three characters or more"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()
MAIL, CALENDAR = "gmail.readonly", "calendar.events.readonly"
BACK = "http://127.0.0.1:8000/oauth/google"
WISH = Wish(f"openid {MAIL}", BACK, "a nonce", CHALLENGE.rstrip("="))


@pytest.fixture
def grants(tmp_path):
    return GoogleGrants(Google(), tmp_path / "ended", "http://127.0.0.1:8000/playground/google")


@pytest.fixture
def told(grants):
    return grants.redeem(grants.code(ALICE, WISH), BACK, VERIFIER)


def test_a_code_gives_tokens_for_what_was_granted_and_nothing_else(grants, told):
    assert grants.account(told["access_token"], MAIL) == ALICE
    assert told["scope"] == WISH.scope
    with pytest.raises(Forbidden):
        grants.account(told["access_token"], CALENDAR)


@pytest.mark.parametrize(
    ("redirect_uri", "verifier"), [(BACK, "another"), ("http://elsewhere.test", VERIFIER)]
)
def test_a_code_is_worth_nothing_to_who_did_not_ask(grants, redirect_uri, verifier):
    with pytest.raises(GrantRefused):
        grants.redeem(grants.code(ALICE, WISH), redirect_uri, verifier)


def test_a_code_works_once_and_not_for_long(grants, time_machine):
    first, second = grants.code(ALICE, WISH), grants.code(ALICE, WISH)
    grants.redeem(first, BACK, VERIFIER)

    with pytest.raises(GrantRefused):
        grants.redeem(first, BACK, VERIFIER)
    time_machine.move_to(clock.now() + timedelta(seconds=CODE_S + 1))
    with pytest.raises(GrantRefused):
        grants.redeem(second, BACK, VERIFIER)


def test_a_grant_is_renewed_until_it_is_withdrawn(grants, told):
    renewed = grants.renew(told["refresh_token"])
    assert grants.account(renewed["access_token"], MAIL) == ALICE

    grants.revoke(told["refresh_token"])

    with pytest.raises(GrantRefused):
        grants.renew(told["refresh_token"])
    with pytest.raises(NotSignedIn):
        grants.account(renewed["access_token"], MAIL)


@pytest.mark.parametrize("kind", ["access_token", "id_token", "code"])
def test_no_other_token_renews(grants, told, kind):
    with pytest.raises(GrantRefused):
        grants.renew(told.get(kind) or grants.code(ALICE, WISH))


def test_another_googles_tokens_are_worth_nothing(grants, told, tmp_path):
    other = GoogleGrants(Google(), tmp_path / "other", grants.issuer)

    assert other.client_secret != grants.client_secret
    with pytest.raises(GrantRefused):
        other.renew(told["refresh_token"])
    with pytest.raises(NotSignedIn):
        other.account(told["access_token"], MAIL)
