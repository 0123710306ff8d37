"""Which of Entra's tokens are believed: ours alone, whoever made the others and however well."""

import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwt

from backend import clock
from backend.errors import NotSignedIn, Unavailable
from backend.providers.entra import UNKNOWN_KEY_S, Entra
from backend.providers.keys import STALE_S
from backend.providers.openid import LEEWAY_S, Account
from tests.fakes.entra import CLIENT_ID, FOREIGN, OBJECT, TENANT, new_key, published, tenants

GRAPH = "00000003-0000-0000-c000-000000000000"
OTHER_APP = "dddddddd-bbbb-4ccc-8ddd-eeeeeeeeeeee"


class Watch:
    """A clock that goes on when it is told to."""

    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture(scope="module")
def microsoft():
    with tenants() as found:
        yield found


@pytest.fixture
def entra(microsoft, watch):
    microsoft.certs.status, microsoft.certs.body = 200, published(microsoft.key)
    microsoft.certs.asked = 0
    return Entra(CLIENT_ID, TENANT, microsoft.authority, monotonic=watch)


def encoded(part):
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def refused(entra, token):
    with pytest.raises(NotSignedIn) as told:
        entra.account_of(token)
    assert token not in told.value.detail
    assert told.value.__cause__ is None


def test_a_user_is_known_by_tenant_and_object(entra, microsoft):
    assert entra.account_of(microsoft.token()) == Account(TENANT, OBJECT, "alice@ours.test")
    assert entra.account_of(microsoft.token(preferred_username=None)).subject == OBJECT
    assert entra.account_of(microsoft.token(scp="User.Read Track.Use")).issuer == TENANT
    assert microsoft.certs.asked == 1


def in_s(seconds):
    return int(clock.wall().timestamp()) + seconds


WRONG = {
    "for Graph": lambda: {"aud": GRAPH},
    "for us among others": lambda: {"aud": [GRAPH, OTHER_APP]},
    "version 1": lambda: {"ver": "1.0"},
    "an ID token": lambda: {"scp": None, "azp": None},
    "app-only": lambda: {"scp": None, "roles": ["Track.Use"], "idtyp": "app"},
    "another scope": lambda: {"scp": "Track.User access"},
    "a list of scopes": lambda: {"scp": ["Track.Use"]},
    "another app's": lambda: {"azp": OTHER_APP},
    "no app's": lambda: {"azp": None},
    "expired": lambda: {"exp": in_s(-LEEWAY_S - 5)},
    "without an end": lambda: {"exp": None},
    "not yet": lambda: {"nbf": in_s(LEEWAY_S + 5)},
    "without a beginning": lambda: {"nbf": None},
    "nobody's": lambda: {"oid": None},
    "a number's": lambda: {"oid": 7},
    "nowhere's": lambda: {"tid": None},
    "a list's": lambda: {"tid": [TENANT]},
    "another issuer's": lambda: {"iss": f"https://evil.test/{TENANT}/v2.0"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_made_for_us_is_refused(entra, microsoft, changes):
    refused(entra, microsoft.token(**changes()))


def test_a_minute_of_difference_between_clocks_is_forgiven(entra, microsoft):
    late = microsoft.token(exp=in_s(5 - LEEWAY_S))
    early = microsoft.token(nbf=in_s(LEEWAY_S - 5))

    assert entra.account_of(late) == entra.account_of(early)


def test_a_foreign_tenant_is_refused_before_its_keys_are_asked_for(entra, microsoft):
    refused(entra, microsoft.token(FOREIGN))

    assert microsoft.certs.asked == 0


@pytest.mark.parametrize("path", [f"{FOREIGN}/v2.0", f"{TENANT}/v2.0/", f"{TENANT}/v1.0", "v2.0"])
def test_the_issuer_is_the_whole_of_it(entra, microsoft, path):
    refused(entra, microsoft.token(iss=f"{microsoft.authority}/{path}"))


def test_a_key_of_the_same_name_signs_nothing(entra, microsoft):
    header = {"alg": "RS256", "kid": microsoft.key.kid}

    refused(entra, jwt.encode(header, microsoft.claims(), new_key()))


def test_the_public_key_is_no_secret(entra, microsoft):
    head, body = encoded({"alg": "HS256", "kid": microsoft.key.kid}), encoded(microsoft.claims())
    text = f"{head}.{body}"
    proof = hmac.digest(microsoft.key.as_pem(private=False), text.encode(), "sha256")

    refused(entra, f"{text}.{urlsafe_b64encode(proof).decode().rstrip('=')}")


@pytest.mark.parametrize("kid", [{}, {"kid": "k1"}])
def test_an_unsigned_token_is_refused(entra, microsoft, kid):
    refused(entra, f"{encoded({'alg': 'none', **kid})}.{encoded(microsoft.claims())}.")


def test_another_algorithm_of_the_same_key_is_refused(entra, microsoft):
    header = {"alg": "RS512", "kid": microsoft.key.kid}

    refused(entra, jwt.encode(header, microsoft.claims(), microsoft.key, algorithms=["RS512"]))


@pytest.mark.parametrize(
    "text", ["x", "a.b.c", "..", "e30.e30.e30", "\u00e9.\u00e9.\u00e9", "a" * 20_000]
)
def test_what_is_no_token_is_refused(entra, text):
    refused(entra, text)


def test_a_new_key_is_asked_for_once_in_five_minutes(entra, microsoft, watch):
    entra.account_of(microsoft.token())
    new = new_key("k2")
    token = jwt.encode({"alg": "RS256", "kid": "k2"}, microsoft.claims(), new)
    microsoft.certs.body = published(microsoft.key, new)
    for _ in range(3):
        refused(entra, token)
    assert microsoft.certs.asked == 1

    watch.now_s += UNKNOWN_KEY_S
    assert entra.account_of(token).subject == OBJECT
    for _ in range(3):
        header = {"alg": "RS256", "kid": "made up"}
        refused(entra, jwt.encode(header, microsoft.claims(), new))

    assert microsoft.certs.asked == 2


def test_known_keys_stand_while_entra_is_away(entra, microsoft, watch):
    token = microsoft.token()
    entra.account_of(token)
    microsoft.certs.status = 503
    watch.now_s += microsoft.certs.max_age + 1

    assert entra.account_of(token).subject == OBJECT

    watch.now_s += STALE_S
    with pytest.raises(Unavailable):
        entra.account_of(token)


def test_without_any_keys_it_says_that_they_are_away(entra, microsoft):
    microsoft.certs.status = 500

    with pytest.raises(Unavailable):
        entra.account_of(microsoft.token())
