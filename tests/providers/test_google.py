"""Google's access tokens: a service account's for a user of its domain, and a user's own."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from backend.providers.faults import Away, Refused
from backend.providers.google import ServiceKey, TokenPlace, delegated, renew
from backend.providers.kept import KeptGrant
from tests.fakes.directory import GMAIL
from tests.fakes.provider import CLIENT_ID, SECRET, Provider
from tests.fakes.provider_door import serving
from tests.waiting import LOOPBACK, free_port

ALICE = "alice@ours.test"


@pytest.fixture
def provider(tmp_path):
    made = Provider()
    with serving(made, tmp_path) as authority:
        yield made, TokenPlace(f"{made.url}/token", authority)


def test_a_delegated_service_account_opens_a_users_mailbox(provider):
    made, place = provider
    key = ServiceKey.of(made.directory.new_key())
    made.directory.delegate()

    access = delegated(key, ALICE, (GMAIL,), place)

    assert made.tokens[access.token] == ALICE
    assert access.is_fresh


def revoked(directory):
    directory.keys.clear()


def not_delegated(directory):
    directory.delegations.clear()


def with_another_scope(directory):
    directory.delegate("100000000000000000001", "https://www.googleapis.com/auth/drive")


def without_alice(directory):
    directory.people.remove(ALICE)


@pytest.mark.parametrize(
    ("key", "set_up_wrongly"),
    [
        ("key_gone", revoked),
        ("delegation", not_delegated),
        ("delegation", with_another_scope),
        ("no_mailbox", without_alice),
    ],
)
def test_each_wrong_set_up_of_delegation_is_named(provider, key, set_up_wrongly):
    made, place = provider
    service_key = ServiceKey.of(made.directory.new_key())
    made.directory.delegate()
    set_up_wrongly(made.directory)

    with pytest.raises(Refused) as caught:
        delegated(service_key, ALICE, (GMAIL,), place)
    assert caught.value.key == key


def test_a_clock_that_is_wrong_is_named(provider):
    made, place = provider
    key = ServiceKey.of(made.directory.new_key())
    made.directory.delegate()
    made.directory.ahead = timedelta(hours=2)  # theirs is right, so ours is late

    with pytest.raises(Refused) as caught:
        delegated(key, ALICE, (GMAIL,), place)
    assert caught.value.key == "clock"


def test_where_a_key_says_that_tokens_are_to_be_had_is_not_believed(provider):
    made, _ = provider

    assert "evil" in json.loads(made.directory.new_key())["token_uri"]
    assert "evil" not in ServiceKey.of(made.directory.new_key()).text


def other(**changes):
    def changed(text):
        return json.dumps({**json.loads(text), **changes})

    return changed


EC = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("no JSON", lambda _text: "x"),
        ("nothing", lambda _text: ""),
        ("a list", lambda _text: "[]"),
        ("another kind of file", lambda _text: '{"installed": {"client_id": "x"}}'),
        ("no key in it", other(private_key="x")),
        ("a null", other(private_key=None)),
        ("another kind of key", other(private_key=EC.decode())),
        ("no address", other(client_email="x")),
        ("no client id", other(client_id="x")),
    ],
)
def test_what_is_no_service_account_key_is_refused(provider, why, change):
    text = provider[0].directory.new_key()

    with pytest.raises(Refused) as caught:
        ServiceKey.of(change(text))
    assert caught.value.key == "service_key", why


def test_a_key_comes_back_as_it_was_kept_and_is_not_printed(provider):
    key = ServiceKey.of(provider[0].directory.new_key())

    assert ServiceKey.of(key.text) == key
    assert "PRIVATE" not in repr(key)


def test_a_users_grant_is_renewed(provider):
    made, place = provider
    made.refreshes["refresh"] = {"email": ALICE}

    fresh = renew(KeptGrant("refresh", (GMAIL,)), CLIENT_ID, SECRET, place)

    assert made.tokens[fresh.access_token] == ALICE
    assert (fresh.refresh_token, fresh.scopes) == ("refresh", (GMAIL,))


def test_a_grant_that_was_withdrawn_is_refused(provider):
    place = provider[1]

    with pytest.raises(Refused) as caught:
        renew(KeptGrant("refresh"), CLIENT_ID, SECRET, place)
    assert caught.value.key == "grant"


def test_an_answer_that_is_cut_is_away(provider):
    made, place = provider
    made.token_answer = "cut"

    with pytest.raises(Away):
        renew(KeptGrant("refresh"), CLIENT_ID, SECRET, place)


def test_nobody_there_is_away():
    nowhere = TokenPlace(f"http://{LOOPBACK}:{free_port()}/token")

    with pytest.raises(Away):
        renew(KeptGrant("refresh"), CLIENT_ID, SECRET, nowhere)
