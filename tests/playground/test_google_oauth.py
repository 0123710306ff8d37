"""The playground's Google as the product meets it: described, consented to, and withdrawn."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from backend.access import connections
from backend.models.access import issue_signin_link
from backend.providers import openid
from backend.providers.faults import Refused
from backend.providers.google import TokenPlace, renew
from backend.providers.kept import KeptGrant
from backend.providers.openid import Client, Proofs
from playground.google import API, CLIENT_ID
from playground.google_grants import GoogleGrants
from playground.google_oauth import AUTHORIZE, TOKEN
from tests.screens import signed_in

ALICE = "alice@ours.test"
PROOFS = Proofs("the state", "the nonce", "a verifier of forty-three characters or more")
MAIL = "https://www.googleapis.com/auth/gmail.readonly"
SCOPES = ("openid", "email", MAIL)


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def product(settings):
    """The product's client at the playground's Google."""
    return Client(
        provider="google",
        issuer=f"{settings.public_url}{API}",
        client_id=CLIENT_ID,
        redirect_uri=connections.redirect_uri(settings, "google"),
        tenant="ours.test",
        secret=GoogleGrants.of(settings).client_secret,
    )


@pytest.fixture
def alice(client, world):
    """Her browser, signed in."""
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    return client


def asked(client):
    return openid.begin(client, PROOFS, SCOPES, {"login_hint": ALICE})


def decided(browser, url, **fields):
    """What she answers on the consent page, as the query that she is sent back with."""
    here = urlsplit(url)
    page = browser.get(f"{here.path}?{here.query}").text
    assert "real Google is not asked" in page
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    given = {name: values[0] for name, values in parse_qs(here.query).items()}
    answer = {"csrf_token": csrf, "account": ALICE, "tick": list(SCOPES), "answer": "allow"}
    sent = browser.post(here.path, data=given | answer | fields)
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()
    }


def test_who_consents_comes_back_with_a_grant_that_is_renewed_and_withdrawn(
    product, alice, settings
):
    account, grant = openid.finish(product, PROOFS, decided(alice, asked(product)), SCOPES)

    assert (account.address, grant.scopes) == (ALICE, frozenset(SCOPES))
    place = TokenPlace(f"{product.issuer}{TOKEN}")
    kept = KeptGrant(grant.refresh_token)
    assert renew(kept, product.client_id, product.secret, place).access.is_fresh
    assert openid.revoke(product, grant.refresh_token)
    with pytest.raises(Refused) as refused:
        renew(kept, product.client_id, product.secret, place)
    assert refused.value.key == "grant"


def test_what_is_unticked_is_not_granted(product, alice):
    answer = decided(alice, asked(product), tick=["openid", "email"])

    _, grant = openid.finish(product, PROOFS, answer, SCOPES)

    assert grant.scopes == {"openid", "email"}


@pytest.mark.parametrize(
    ("why", "fields"),
    [("cancelled", {"answer": "deny"}), ("nobody's account", {"account": "x@elsewhere.test"})],
)
def test_without_consent_there_is_no_code(product, alice, why, fields):
    answer = decided(alice, asked(product), **fields)

    assert (answer.get("error"), answer.get("code")) == ("access_denied", None)


def test_a_right_client_is_known_and_a_wrong_secret_told(product):
    openid.try_client(product)

    with pytest.raises(Refused) as refused:
        openid.try_client(
            Client("google", product.issuer, CLIENT_ID, product.redirect_uri, secret="x")
        )
    assert refused.value.key == "secret"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("client_id", "another", "invalid_client"),
        ("redirect_uri", "https://elsewhere.test/oauth/google", "redirect_uri_mismatch"),
        ("response_type", "token", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ],
)
def test_what_does_not_fit_is_told_and_leads_nowhere(product, alice, name, value, word):
    query = {key: values[0] for key, values in parse_qs(urlsplit(asked(product)).query).items()}

    page = alice.get(f"{API}{AUTHORIZE}", query_string=query | {name: value})

    assert page.status_code == 422
    assert word in page.text


def test_only_who_is_signed_in_is_asked(product, client):
    answer = client.get(asked(product))

    assert answer.status_code == 303
    assert "/signin" in answer.headers["Location"]


def test_the_consent_page_is_accessible_in_every_look(product, page, url, world, eyes):
    signed_in(page, url, world.alice)
    page.goto(asked(product))
    expect(page.get_by_role("heading", name="The playground\u2019s Google")).to_be_visible()

    assert eyes.faults(page, "consent") == []
