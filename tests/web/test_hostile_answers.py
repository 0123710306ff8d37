"""The fourteen hostile answers of an identity provider, to whoever connects a mailbox at either.

What they do to signing in is in test_oauth.py. None of them leaves a grant behind.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from backend import clock
from backend.models.mailboxes import Mailbox
from backend.models.secrets import Secret
from backend.web.permissions import csrf_token
from tests.fakes.provider import Person
from tests.web.browsing import ORIGIN
from tests.web.test_oauth import signed_by, unsigned, with_claim, without
from tests.web.travelling import PUBLIC_URL

BOTH = ("google", "microsoft")
LIST = "/console/mailboxes"
FOREIGN = "99999999-2222-3333-4444-555555555555"
EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are a provider's answers


def twisted(twist):
    def prepare(provider):
        provider.twist = twist

    return prepare


def signed(sign):
    def prepare(provider):
        provider.sign = sign

    return prepare


def foreign(provider):
    provider.person = Person(tenant=FOREIGN, domain="theirs.test")


def told_with_a_script(provider):
    provider.refusal = {"error": EVIL, "error_description": EVIL}


def without_refresh(provider):
    provider.gives_refresh = False


def narrowed(provider):
    provider.drop_scopes = ("https://www.googleapis.com/auth/gmail.readonly", "Mail.Read")


def slow(provider):
    provider.token_answer = "slow"


def cut(provider):
    provider.token_answer = "cut"


HOSTILE = (
    ("another issuer", twisted(with_claim(iss="https://evil.test")), "does not fit"),
    ("a foreign tenant with the same address", foreign, "another organisation"),
    ("no nonce", twisted(without("nonce")), ""),
    ("another nonce", twisted(with_claim(nonce="x" * 43)), ""),
    ("expired", twisted(with_claim(exp=1_700_000_000)), "does not fit"),
    ("alg none", signed(unsigned), "does not fit"),
    ("another key", signed(signed_by(RSAKey.generate_key(2048, {"kid": "k1"}))), "does not fit"),
    ("another audience", twisted(with_claim(aud="another-client")), "does not fit"),
    ("an error with a script in it", told_with_a_script, "refused"),
    ("no refresh token", without_refresh, "no lasting grant"),
    ("a narrowed scope", narrowed, "unticked"),
    ("cut", cut, "does not answer in time"),
)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("why", "prepare", "said"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_answer_leaves_no_grant_and_a_clear_page(travel, name, why, prepare, said):
    travel.connect(name)
    prepare(travel.provider)

    answer = travel.connect_mailbox(travel.browser(), name)

    assert answer.status_code in {422, 503}, why
    assert "That did not work" in answer.text
    assert said in answer.text
    assert "alert(1)" not in answer.text
    assert_nothing_kept(travel)


@pytest.mark.parametrize("name", BOTH)
def test_a_slow_answer_is_given_up_within_five_seconds(travel, name):
    travel.connect(name)
    alice = travel.browser()
    back = travel.visit(travel.leave(alice.post(f"{LIST}/connect/{name}")))
    slow(travel.provider)
    started = clock.monotonic()

    answer = alice.get(back)

    # The provider answers after 20 s. What is over five is what a busy machine adds.
    assert clock.monotonic() - started < 15
    assert answer.status_code == 503
    assert_nothing_kept(travel)


@pytest.mark.parametrize("name", BOTH)
def test_the_state_of_another_browser_is_worth_nothing(travel, name):
    travel.connect(name)
    back = travel.visit(travel.leave(travel.browser("bob").post(f"{LIST}/connect/{name}")))

    assert travel.browser().get(back).status_code == 422
    assert_nothing_kept(travel)


@pytest.mark.parametrize("name", BOTH)
def test_a_code_is_used_once(travel, name):
    travel.connect(name)
    alice = travel.browser()
    first, second = (
        travel.visit(travel.leave(alice.post(f"{LIST}/connect/{name}"))) for _ in range(2)
    )
    assert "done=connected" in alice.get(first).headers["Location"]
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]
    kept = grants()

    assert alice.get(first).status_code == 422
    answer = alice.get(f"/oauth/{name}?state={state}&code={code}")

    assert answer.status_code == 422
    assert grants() == kept


@pytest.mark.parametrize("name", BOTH)
def test_two_flows_at_once_end_well_in_any_order(travel, name):
    travel.connect(name)
    alice = travel.browser()
    backs = [travel.visit(travel.leave(alice.post(f"{LIST}/connect/{name}"))) for _ in range(2)]

    assert [alice.get(back).status_code for back in reversed(backs)] == [303, 303]
    assert Mailbox.select().count() == 1


@pytest.mark.parametrize("name", BOTH)
def test_the_host_that_a_request_names_leads_nobody_astray(travel, name):
    travel.connect(name)
    alice = travel.browser()
    with travel.app.app_context():
        form = {"csrf_token": csrf_token(alice.session_id)}
    headers = {"Origin": ORIGIN, "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}

    left = alice.client.post(f"{LIST}/connect/{name}", data=form, headers=headers)

    asked = parse_qs(urlsplit(travel.leave(left)).query)
    assert asked["redirect_uri"] == [f"{PUBLIC_URL}/oauth/{name}"]


def grants():
    return [each.envelope for each in Secret.select().where(Secret.owner_type == "mailbox")]


def assert_nothing_kept(travel):
    assert Mailbox.select().count() == 0
    assert grants() == []
    assert "canary" not in travel.kept()
