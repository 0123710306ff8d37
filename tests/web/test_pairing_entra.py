"""A panel that signs in by Entra: for whose account, for which mailbox, and what else it gets."""

import pytest

from backend.access import identities
from backend.access.tries import PER_ACCOUNT
from backend.models.org import ApiToken, User
from backend.providers.openid import Account
from tests.fakes.entra import FOREIGN, OBJECT, TENANT
from tests.serving import app_of

PATH = "/api/v1/pairing/entra"


@pytest.fixture(scope="module")
def database_url():
    return ""  # the rows have their tests on both engines


@pytest.fixture(scope="module")
def app(settings, store, microsoft):
    with app_of(settings.model_copy(update=microsoft.settings), store) as made:
        yield made


@pytest.fixture
def linked(world):
    """Alice, who has linked her Microsoft account on her account page."""
    identities.link(world.alice, "microsoft", Account(TENANT, OBJECT, "alice@tenant.test"))
    return world.alice


def bring(client, token, mailbox="alice@ours.test", where="web"):
    return client.post(PATH, json={"mailbox": mailbox, "client": where, "token": token})


def auth(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_linked_account_gets_the_two_tokens(client, linked, microsoft):
    answer = bring(client, microsoft.token())

    read, stamp = answer.json["read_token"], answer.json["stamp_token"]
    assert client.get("/api/v1/me", headers=auth(read)).json["email"] == linked.email
    assert client.post("/api/v1/stamps", headers=auth(stamp), json={}).status_code == 201
    assert client.get("/api/v1/feed", headers=auth(stamp)).status_code == 403
    assert client.post("/api/v1/stamps", headers=auth(read), json={}).status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_an_account_nobody_has_linked_is_not_known_by_its_address(client, world, microsoft):
    answer = bring(client, microsoft.token(preferred_username=world.alice.email))

    assert answer.status_code == 403
    assert answer.json["type"].endswith(":not-linked")
    assert ApiToken.select().count() == 0


def test_the_same_object_of_another_tenant_is_somebody_else(client, linked, microsoft):
    assert bring(client, microsoft.token(FOREIGN)).status_code == 401


@pytest.mark.parametrize(
    "changes", [{"aud": "00000003-0000-0000-c000-000000000000"}, {"scp": None}, {"exp": 1}]
)
def test_a_token_that_does_not_hold_is_no_token(client, linked, microsoft, changes, caplog):
    token = microsoft.token(**changes)

    answer = bring(client, token)

    assert answer.status_code == 401
    assert token not in answer.text + caplog.text
    assert ApiToken.select().count() == 0


def test_a_mailbox_that_was_not_approved_needs_the_code(client, linked, microsoft):
    answer = bring(client, microsoft.token(), mailbox="boss@ours.test")

    assert answer.status_code == 403
    assert answer.json["type"].endswith(":not-approved")


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"role": "auditor"}])
def test_who_may_not_connect_a_panel_does_not_so_either(client, linked, microsoft, change):
    User.update(**change).where(User.id == linked.id).execute()

    assert bring(client, microsoft.token()).status_code == 403


def test_an_account_that_was_taken_off_is_nobodys(client, linked, microsoft):
    (row,) = identities.all_of(linked.id)
    identities.unlink(linked, row.id)

    assert bring(client, microsoft.token()).status_code == 403


def test_trying_without_end_is_stopped(client, linked, microsoft):
    answers = [bring(client, "x.y.z").status_code for _ in range(PER_ACCOUNT + 1)]

    assert answers == [401] * PER_ACCOUNT + [429]
    assert bring(client, microsoft.token()).status_code == 429


def test_coming_again_and_again_rightly_is_not(client, linked, microsoft):
    answers = {bring(client, microsoft.token()).status_code for _ in range(PER_ACCOUNT + 1)}

    assert answers == {200}


@pytest.mark.parametrize(
    ("token", "where"),
    [("", "web"), (7, "web"), ("x" * 20_000, "web"), ("x.y.z", "toaster"), (None, "web")],
)
def test_what_does_not_fit_is_a_problem(client, world, token, where):
    assert bring(client, token, where=where).status_code == 422


def test_while_the_keys_are_away_it_says_so(settings, store, linked, microsoft):
    away = microsoft.settings | {"microsoft_authority": "http://[::1]:9"}

    with app_of(settings.model_copy(update=away), store) as app:
        answer = bring(app.test_client(), microsoft.token())

    assert answer.status_code == 503


def test_without_an_app_there_is_no_such_way(settings, store, world):
    with app_of(settings, store) as app:
        answer = bring(app.test_client(), "x.y.z")

    assert answer.status_code == 404
