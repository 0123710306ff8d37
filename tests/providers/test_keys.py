"""A provider's keys, here Google's: kept as long as it says, and through its outages."""

import ssl

import pytest
import trustme

from backend.errors import Unavailable
from backend.providers.keys import REFETCH_PAUSE_S, STALE_S, SigningKeys
from playground.google import Google, new_key
from tests.gmail_addon.certs import serving


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s

    def shift(self, seconds):
        self.now_s += seconds


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def other():
    return Google(new_key())


def test_keys_are_fetched_once_and_kept_for_as_long_as_google_says(google, watch):
    with serving(google.certs()) as certs:
        keys = SigningKeys(certs.url, watch)

        for _ in range(8):
            assert keys.key(google.key.kid) is not None

        assert certs.asked == 1
        watch.shift(certs.max_age + 1)
        keys.key(google.key.kid)
        assert certs.asked == 2


def test_an_unknown_key_asks_google_once_more(google, other, watch):
    with serving(google.certs()) as certs:
        keys = SigningKeys(certs.url, watch)
        keys.key(google.key.kid)
        certs.body = other.certs()
        watch.shift(REFETCH_PAUSE_S)

        assert keys.key(other.key.kid) is not None
        assert keys.key("made up") is None
        assert keys.key("made up too") is None

        assert certs.asked == 2


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("an error", {"status": 503}),
        ("no JSON", {"body": b"<html>"}),
        ("no keys", {"body": {"keys": []}}),
        ("another shape", {"body": {"keys": "x"}}),
        ("a list", {"body": []}),
        ("too long", {"body": b"[" + b" " * 300_000 + b"]"}),
    ],
)
def test_known_keys_stand_while_google_answers_with(google, watch, why, change):
    with serving(google.certs()) as certs:
        keys = SigningKeys(certs.url, watch)
        keys.key(google.key.kid)
        for name, value in change.items():
            setattr(certs, name, value)
        watch.shift(certs.max_age + 1)

        assert keys.key(google.key.kid) is not None, why

        watch.shift(STALE_S)
        with pytest.raises(Unavailable):
            keys.key(google.key.kid)


def test_without_any_keys_it_says_so_and_does_not_ask_for_every_call(google, watch):
    with serving({}) as certs:
        certs.status = 500
        keys = SigningKeys(certs.url, watch)
        for _ in range(3):
            with pytest.raises(Unavailable):
                keys.key(google.key.kid)
        assert certs.asked == 1

        certs.status, certs.body = 200, google.certs()
        watch.shift(REFETCH_PAUSE_S)

        assert keys.key(google.key.kid) is not None


@pytest.fixture
def tls():
    """A certificate authority of this test's own, and a server's certificate by it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return authority, context


def test_an_unknown_authority_is_not_believed(google, tls):
    with serving(google.certs(), tls[1]) as certs:
        with pytest.raises(Unavailable):
            SigningKeys(certs.url).key(google.key.kid)
        assert certs.asked == 0


def test_a_known_authority_is_believed(google, tls, tmp_path, monkeypatch):
    tls[0].cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(google.certs(), tls[1]) as certs:
        assert SigningKeys(certs.url).key(google.key.kid) is not None
