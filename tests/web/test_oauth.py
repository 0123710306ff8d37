"""Signing in by a provider, and the fourteen ways in which an answer can be hostile."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from backend import clock
from backend.access import factors, totp
from backend.models.identities import Identity, ProviderFlow
from backend.models.mailboxes import Connection, Mailbox
from backend.models.org import User
from backend.models.secrets import Secret
from tests.fakes.provider import SECRET, Person
from tests.web.browsing import COOKIE, ORIGIN, browser_of, send
from tests.web.travelling import PUBLIC_URL

BOTH = ("google", "microsoft")
ROUNDS = 2  # a machine that has much else to do is given another try


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


@pytest.mark.parametrize("name", BOTH)
def test_a_linked_account_signs_its_user_in(travel, name):
    connection = travel.connect(name)
    assert "done=linked" in travel.link(travel.browser(), name).headers["Location"]
    client = travel.app.test_client()

    answer = travel.sign_in(client, connection)

    assert answer.headers["Location"] == "/console"
    assert client.get("/api/v1/me").json["email"] == "alice@ours.test"
    assert SECRET not in travel.kept()


@pytest.mark.parametrize("name", BOTH)
def test_the_way_there_is_code_flow_with_pkce_nonce_and_our_own_address(travel, name):
    connection = travel.connect(name)
    client = travel.app.test_client()
    headers = {"Origin": "http://evil.test", "Host": "evil.test"}

    left = client.post(f"/signin/with/{connection.id}", headers=headers)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(travel.leave(left)).query).items()}

    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/oauth/{name}"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert asked["scope"] == "openid email profile"


def test_an_account_nobody_has_linked_is_not_known_by_its_address(travel):
    connection = travel.connect()
    client = travel.app.test_client()

    answer = travel.sign_in(client, connection)

    assert answer.status_code == 403
    assert "No user has linked this account" in answer.text
    assert client.get_cookie(COOKIE) is None


def test_signing_in_that_is_switched_off_on_the_way_lets_nobody_in(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    client = travel.app.test_client()
    back = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))
    Connection.update(detail={"signin": False}).execute()

    assert client.get(back).status_code == 422
    assert client.get_cookie(COOKIE) is None


def test_who_is_no_admin_any_more_tries_no_connection_out(travel):
    travel.connect()
    ada = travel.browser("ada")
    back = travel.visit(travel.leave(ada.post("/console/admin/connections/google/pilot")))
    User.update(role="rep").where(User.id == travel.world.users["ada"].id).execute()

    assert ada.client.get(back).status_code == 422
    assert "pilot" not in Connection.get().detail


def test_an_account_with_a_second_factor_of_ours_still_gives_its_code(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    alice, safe = travel.world.alice, travel.app.extensions["safe"]
    secret = totp.secret_of("key", "session")
    factors.confirm(alice, safe, secret, totp.code_at(secret, totp.step_of(clock.wall())))

    answer = travel.sign_in(travel.app.test_client(), connection)
    assert answer.headers["Location"] == "/signin/code"

    travel.provider.twist = lambda claims: claims | {"amr": ["pwd", "mfa"]}
    answer = travel.sign_in(travel.app.test_client(), connection)
    assert answer.headers["Location"] == "/console"


def signed_by(key, alg="RS256"):
    return lambda claims: jwt.encode({"alg": alg, "kid": "k1"}, claims, key, algorithms=[alg])


def unsigned(claims):
    parts = ({"alg": "none"}, claims)
    encoded = [urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return ".".join([*encoded, ""])


def without(name):
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def with_claim(**changes):
    return lambda claims: claims | changes


TWISTED = (
    ("another issuer", with_claim(iss="https://evil.test")),
    ("no issuer", without("iss")),
    ("no nonce", without("nonce")),
    ("another nonce", with_claim(nonce="x" * 43)),
    ("expired", with_claim(exp=1_700_000_000)),
    ("no end", without("exp")),
    ("another audience", with_claim(aud="another-client")),
    ("no audience", without("aud")),
    ("no subject", without("sub")),
)
SIGNED = (
    ("alg none", unsigned),
    ("another key", signed_by(RSAKey.generate_key(2048, {"kid": "k1"}))),
    ("a symmetric key", signed_by(OctKey.import_key("s" * 64), "HS256")),
    ("no token at all", lambda _claims: "x.y.z"),
)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("why", "twist"), TWISTED, ids=[row[0] for row in TWISTED])
def test_a_proof_that_does_not_fit_is_not_believed(travel, name, why, twist):
    connection = travel.connect(name)
    travel.link(travel.browser(), name)
    travel.provider.twist = twist

    refused_everywhere(travel, connection, "does not fit")


@pytest.mark.parametrize(("why", "sign"), SIGNED, ids=[row[0] for row in SIGNED])
def test_a_proof_that_nobody_signed_is_not_believed(travel, why, sign):
    connection = travel.connect()
    travel.link(travel.browser())
    travel.provider.sign = sign

    refused_everywhere(travel, connection, "does not fit")


def refused_everywhere(travel, connection, said):
    client = travel.app.test_client()
    answer = travel.sign_in(client, connection)

    assert answer.status_code == 422
    assert said in answer.text
    assert client.get_cookie(COOKIE) is None
    assert client.get("/api/v1/me").status_code == 401


def test_the_state_of_another_browser_is_worth_nothing(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    attacker, victim = travel.app.test_client(), travel.app.test_client()
    back = travel.visit(travel.leave(send(attacker, f"/signin/with/{connection.id}")))
    send(victim, f"/signin/with/{connection.id}")

    answer = victim.get(back)

    assert answer.status_code == 422
    assert "no sign-in that is under way" in answer.text
    assert victim.get_cookie(COOKIE) is None


def test_an_answer_works_once(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    client = travel.app.test_client()
    back = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))

    assert client.get(back).status_code == 303
    client.delete_cookie(COOKIE)
    assert client.get(back).status_code == 422
    assert client.get_cookie(COOKIE) is None


def test_a_code_that_was_used_elsewhere_is_refused_by_the_provider(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    client = travel.app.test_client()
    first = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))
    second = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]

    answer = client.get(f"/oauth/google?state={state}&code={code}")

    assert answer.status_code == 422
    assert "invalid_grant" in answer.text


@pytest.mark.parametrize(
    "query", ["", "state=x", "state=x&code=y", "state=x&state=y&code=z", "code=%00", "error=x"]
)
def test_an_answer_to_nothing_is_a_clear_page(travel, query):
    travel.connect()

    assert travel.app.test_client().get(f"/oauth/google?{query}").status_code == 422


def test_the_answer_of_one_provider_is_not_taken_for_anothers(travel):
    google = travel.connect()
    travel.connect("microsoft")
    client = travel.app.test_client()
    back = travel.visit(travel.leave(send(client, f"/signin/with/{google.id}")))

    assert client.get(back.replace("/oauth/google", "/oauth/microsoft")).status_code == 422


def test_an_issuer_named_in_the_answer_has_to_be_the_one(travel):
    connection = travel.connect()
    client = travel.app.test_client()
    back = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))

    assert "somebody else" in client.get(f"{back}&iss=https://evil.test").text


def test_a_provider_that_describes_itself_as_another_is_not_believed(travel):
    connection = travel.connect()
    travel.provider.metadata = {"issuer": "https://evil.test"}

    answer = send(travel.app.test_client(), f"/signin/with/{connection.id}")

    assert answer.status_code == 422
    assert ProviderFlow.select().count() == 0


@pytest.mark.parametrize("name", BOTH)
def test_the_same_address_in_another_tenant_is_somebody_else(travel, name):
    connection = travel.connect(name)
    travel.link(travel.browser(), name)
    other = "99999999-2222-3333-4444-555555555555"
    travel.provider.person = Person(subject="2002", tenant=other, domain="other.test")

    refused_everywhere(travel, connection, "another organisation")
    assert Identity.select().count() == 1


def test_what_a_provider_says_is_only_text_and_only_its_code(travel):
    connection = travel.connect()
    travel.provider.refusal = {
        "error": "access_denied",
        "error_description": "<script>alert(1)</script>",
    }

    answer = travel.sign_in(travel.app.test_client(), connection)

    assert answer.status_code == 422
    assert "alert(1)" not in answer.text
    assert "<code>access_denied</code>" in answer.text


def test_an_error_code_that_is_no_code_is_not_shown(travel):
    connection = travel.connect()
    travel.provider.refusal = {"error": '"><img src=x onerror=alert(1)>'}

    assert "onerror" not in travel.sign_in(travel.app.test_client(), connection).text


def test_two_flows_at_once_both_end_well_in_any_order(travel):
    connection = travel.connect()
    travel.link(travel.browser())
    client = travel.app.test_client()
    first = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))
    second = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))

    assert [client.get(back).status_code for back in (second, first)] == [303, 303]


@pytest.mark.parametrize("how", ["slow", "cut"])
def test_a_provider_that_is_away_is_said_within_five_seconds(travel, how):
    connection = travel.connect()
    travel.link(travel.browser())
    client = travel.app.test_client()

    def seconds():
        back = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))
        travel.provider.token_answer = how
        started = clock.monotonic()
        answer = client.get(back)
        took = clock.monotonic() - started
        assert answer.status_code == 503
        assert "does not answer in time" in answer.text
        assert client.get_cookie(COOKIE) is None
        return took

    assert any(seconds() < 6 for _ in range(ROUNDS))


def test_a_flow_lives_ten_minutes(travel):
    connection = travel.connect()
    client = travel.app.test_client()
    back = travel.visit(travel.leave(send(client, f"/signin/with/{connection.id}")))

    with time_machine.travel(clock.wall() + timedelta(minutes=10, seconds=1), tick=True):
        assert client.get(back).status_code == 422


def test_somebody_elses_session_links_nothing(travel):
    travel.connect()
    alice = travel.browser()
    back = travel.visit(travel.leave(alice.post("/console/account/link/google")))
    alice.client.set_cookie(COOKIE, browser_of(travel.app, travel.world.users["bob"]).cookie)

    assert alice.client.get(back).status_code == 422
    assert Identity.select().count() == 0


def test_an_account_is_one_users_alone_and_can_be_taken_off(travel):
    travel.connect()
    travel.link(travel.browser())

    assert travel.link(travel.browser("bob")).status_code == 409
    (mine,) = Identity.select()
    travel.browser("bob").post("/console/account/unlink", identity=mine.id)
    assert Identity.select().count() == 1
    travel.browser().post("/console/account/unlink", identity=mine.id)
    assert Identity.select().count() == 0


def test_a_form_of_another_site_sends_nobody_to_a_provider(travel):
    connection = travel.connect()
    client = travel.app.test_client()

    for headers in ({}, {"Origin": "http://evil.test"}):
        assert client.post(f"/signin/with/{connection.id}", headers=headers).status_code == 403
    assert (
        client.post(f"/signin/with/{clock.new_id()}", headers={"Origin": ORIGIN}).status_code == 404
    )


def test_nothing_of_a_refused_try_is_kept(travel):
    travel.connect("google")
    travel.provider.gives_refresh = False

    travel.connect_mailbox(travel.browser())

    assert Mailbox.select().count() == 0
    assert Secret.select().where(Secret.owner_type == "mailbox").count() == 0
