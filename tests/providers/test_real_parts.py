"""The main ways against providers that others wrote: npm's `emulate` and `oauth2-mock-server`.

What they cannot do stays with tests/fakes/provider.py. `emulate` 0.11.2 has no getProfile, no
service accounts (jwt-bearer), no admin consent, no mails at Graph, gives every scope that is asked
for and takes an unknown token for its first user's; `oauth2-mock-server` lets anybody in, and is
here for the refusals that it can be made to give.
"""

import json
import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from backend.providers import google, microsoft, openid, probe
from backend.providers.faults import Refused
from backend.providers.google import TokenPlace
from backend.providers.kept import KeptGrant
from backend.providers.openid import Client, Proofs
from tests.fakes import emulate
from tests.fakes.emulate import CLIENT_ID, NODE, SECRET, TENANT
from tests.fakes.provider import TENANT as OURS
from tests.processes import ROOT, spawn
from tests.waiting import free_port, is_answering, wait_until

BACK = "http://127.0.0.1:8000/oauth"
PROOFS = Proofs("s" * 43, "n" * 43, "v" * 43)
MAIL = (*probe.SIGNIN_SCOPES, "https://www.googleapis.com/auth/gmail.readonly")


@pytest.fixture(scope="module")
def at_google(tmp_path_factory):
    with emulate.google(tmp_path_factory.mktemp("google"), f"{BACK}/google") as running:
        yield running


@pytest.fixture(scope="module")
def at_microsoft(tmp_path_factory):
    with emulate.microsoft(tmp_path_factory.mktemp("microsoft"), f"{BACK}/microsoft") as running:
        yield running


@pytest.fixture
def google_client(at_google):
    return Client("google", at_google.url, CLIENT_ID, f"{BACK}/google", "ours.test", SECRET)


@pytest.fixture
def microsoft_client(at_microsoft):
    return Client(
        "microsoft", f"{at_microsoft.url}/{TENANT}/v2.0", CLIENT_ID, f"{BACK}/microsoft", TENANT,
        SECRET, at_microsoft.authority,
    )  # fmt: skip


def answer_of(back):
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def came_back(client, there, scopes=MAIL, who="alice@ours.test"):
    """What the browser brings back after consent."""
    return answer_of(there.consent(openid.begin(client, PROOFS, scopes, {}), who))


def test_google_names_alice_and_opens_her_mailbox(google_client, at_google):
    answer = came_back(google_client, at_google)

    account, grant = openid.finish(google_client, PROOFS, answer, MAIL)

    assert account.address == "alice@ours.test"
    assert probe.missing("google", grant) == []
    probe.read_one(google_client, at_google.url, grant.access_token)


def test_googles_code_works_once_and_only_with_its_verifier(google_client, at_google):
    answer = came_back(google_client, at_google)
    wrong = replace(PROOFS, verifier="w" * 43)
    with pytest.raises(Refused):
        openid.finish(google_client, wrong, answer)

    answer = came_back(google_client, at_google)
    openid.finish(google_client, PROOFS, answer)
    with pytest.raises(Refused) as caught:
        openid.finish(google_client, PROOFS, answer)
    assert caught.value.key == "grant"


def test_an_account_of_another_domain_is_refused(google_client, at_google):
    answer = came_back(google_client, at_google, who="decoy@else.test")

    with pytest.raises(Refused) as caught:
        openid.finish(google_client, PROOFS, answer)
    assert caught.value.key == "tenant"


def test_googles_grant_is_renewed_until_it_is_withdrawn(google_client, at_google):
    _, grant = openid.finish(google_client, PROOFS, came_back(google_client, at_google), MAIL)
    place = TokenPlace(f"{at_google.url}/oauth2/token")
    kept = KeptGrant(grant.refresh_token)

    fresh = google.renew(kept, CLIENT_ID, SECRET, place)

    assert fresh.access_token not in {"", grant.access_token}
    assert openid.revoke(google_client, grant.refresh_token)
    with pytest.raises(Refused) as caught:
        google.renew(kept, CLIENT_ID, SECRET, place)
    assert caught.value.key == "grant"


@pytest.mark.parametrize(
    ("why", "changes", "key"),
    [("another secret", {"secret": "x"}, "secret"), ("another id", {"client_id": "x"}, "secret")],
)
def test_a_client_that_google_does_not_know_is_named(google_client, why, changes, key):
    openid.try_client(google_client)

    with pytest.raises(Refused) as caught:
        openid.try_client(replace(google_client, **changes))
    assert caught.value.key == key, why


def test_a_redirect_address_that_is_not_registered_stays_at_google(google_client, at_google):
    elsewhere = replace(google_client, redirect_uri="http://127.0.0.1:8000/oauth/elsewhere")

    assert at_google.status(openid.begin(elsewhere, PROOFS, MAIL, {})) == 400


def test_microsoft_names_alice_over_tls(microsoft_client, at_microsoft):
    answer = came_back(microsoft_client, at_microsoft, probe.SIGNIN_SCOPES)

    account, _ = openid.finish(microsoft_client, PROOFS, answer)

    assert (account.issuer, account.address) == (TENANT, "alice@ours.test")


def test_microsofts_mailbox_flow_and_a_refresh_token_that_works_once(
    microsoft_client, at_microsoft
):
    flow = microsoft.begin(microsoft_client, "s" * 43, ("User.Read", "Mail.Read"), "")
    answer = answer_of(at_microsoft.consent(flow["auth_uri"]))

    account, grant = microsoft.finish(microsoft_client, flow, answer)

    assert account.address == "alice@ours.test"
    found = probe.address_of(microsoft_client, at_microsoft.url, grant.access_token)
    assert found == "alice@ours.test"
    kept = KeptGrant(grant.refresh_token, tuple(sorted(grant.scopes)))
    fresh = microsoft.renew(microsoft_client, kept)
    assert fresh.refresh_token != kept.refresh_token
    assert microsoft.renew(microsoft_client, fresh).access_token != fresh.access_token
    with pytest.raises(Refused) as caught:
        microsoft.renew(microsoft_client, kept)
    assert caught.value.key == "grant"


def test_microsofts_app_has_access_of_its_own(microsoft_client, at_microsoft):
    access = microsoft.app_access(microsoft_client, at_microsoft.url)

    assert access.is_fresh
    with pytest.raises(Refused) as caught:
        microsoft.app_access(replace(microsoft_client, secret="x"), at_microsoft.url)
    assert caught.value.key == "secret"


# As Microsoft words them, ids left out. Source: see backend/providers/faults.py.
REFUSALS = (
    ("redirect", "invalid_client", "AADSTS50011: The redirect URI 'XXX' does not match."),
    ("secret", "invalid_client", "AADSTS7000215: Invalid client secret provided."),
    ("secret_expired", "invalid_client", "AADSTS7000222: The provided client secret keys ..."),
    ("tenant", "unauthorized_client", "AADSTS700016: Application 'XXX' was not found ..."),
    ("tenant", "invalid_request", "AADSTS90002: Tenant 'XXX' not found."),
    ("consent", "invalid_grant", "AADSTS65001: The user or administrator has not consented ..."),
    ("admin_consent", "invalid_client", "AADSTS7000229: The client application is missing ..."),
    ("grant", "invalid_grant", "AADSTS70008: The provided authorization code ... has expired."),
    ("grant", "interaction_required", "AADSTS50076: Due to a configuration change ..."),
)


@contextmanager
def refusing(folder):
    """`oauth2-mock-server` over TLS: its address, its authority, and the file of its answer."""
    ca, port, answer = trustme.CA(), free_port(), folder / "answer.json"
    issued, authority = ca.issue_cert("localhost"), folder / "ca.pem"
    ca.cert_pem.write_to_path(str(authority))
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    answer.write_text("{}")
    program = str(ROOT / "tests" / "fakes" / "refusing.mjs")
    pid = spawn([NODE, program, str(port), str(key), str(certificate), str(answer)], folder / "log")
    try:
        wait_until(lambda: is_answering(port), 30, "oauth2-mock-server")
        yield f"https://localhost:{port}", authority, answer
    finally:
        os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="module")
def refuser(tmp_path_factory):
    with refusing(tmp_path_factory.mktemp("refusing")) as running:
        yield running


def test_without_a_refusal_its_token_is_taken(refuser):
    url, authority, answer = refuser
    answer.write_text("{}")
    client = Client("microsoft", f"{url}/{OURS}/v2.0", CLIENT_ID, BACK, OURS, SECRET, authority)

    assert microsoft.app_access(client, "https://graph.microsoft.com").token


@pytest.mark.parametrize(("key", "error", "said"), REFUSALS, ids=[row[2][:12] for row in REFUSALS])
def test_each_of_microsofts_refusals_is_named(refuser, key, error, said):
    url, authority, answer = refuser
    answer.write_text(json.dumps({"error": error, "error_description": said}))
    client = Client("microsoft", f"{url}/{OURS}/v2.0", CLIENT_ID, BACK, OURS, SECRET, authority)

    with pytest.raises(Refused) as caught:
        microsoft.app_access(client, "https://graph.microsoft.com")
    assert (caught.value.key, caught.value.code) == (key, said.partition(":")[0])
