"""Linking a Microsoft account by approving a panel's code: only so, and only what was ticked."""

import pytest

from backend import db
from backend.access import identities
from backend.models.access import issue_signin_link
from backend.models.identities import Identity
from backend.models.org import AuditLog, Session
from backend.models.pairing import Pairing
from backend.providers.openid import Account
from backend.web.permissions import csrf_token
from tests.fakes.entra import FOREIGN, OBJECT, TENANT
from tests.serving import app_of
from tests.world import bearer

ACCOUNT = Account(TENANT, OBJECT, "alice@ours.test")
TICKED = {"answer": "approve", "link": "yes"}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture(scope="module")
def app(settings, store, microsoft):
    with app_of(settings.model_copy(update=microsoft.settings), store) as made:
        yield made


@pytest.fixture
def browse(app, world):
    """Alice's browser, posting forms of ours."""
    browser = app.test_client()
    browser.get(f"/signin/{issue_signin_link(world.alice)}")
    session = Session.select().order_by(Session.created_at.desc()).first()
    with app.app_context():
        form = {"csrf_token": csrf_token(session.id)}
    return lambda path, **given: browser.post(path, data=form | given)


def start(client, token, mailbox="alice@ours.test"):
    return client.post("/api/v1/pairing/start", json={"mailbox": mailbox, "token": token})


def exchange(client, token, mailbox="alice@ours.test"):
    body = {"mailbox": mailbox, "client": "web", "token": token}
    return client.post("/api/v1/pairing/entra", json=body)


def is_pending(client, started):
    told = client.post("/api/v1/pairing/poll", json={"device_code": started["device_code"]})
    return told.json["type"].endswith(":authorization_pending")


def test_what_was_approved_once_connects_without_a_code(client, world, browse, microsoft):
    token = microsoft.token()
    assert exchange(client, token).status_code == 403
    code = start(client, token).json["user_code"]

    asked = browse("/pair", code=code)
    told = browse("/pair/answer", code=code, **TICKED)

    assert "from now on, by this Microsoft account" in asked.text
    assert 'form="answer" checked' in asked.text
    assert "Outlook is connected" in told.text
    assert exchange(client, token).status_code == 200
    assert AuditLog.get(AuditLog.action == "identity.linked").detail["is_way_in"] is False


def test_an_account_linked_so_signs_nobody_in(client, app, world, browse, microsoft):
    code = start(client, microsoft.token()).json["user_code"]
    browse("/pair/answer", code=code, **TICKED)

    assert identities.holder_of(ACCOUNT) == world.alice
    assert identities.user_of(world.alice.org_id, ACCOUNT) is None


@pytest.mark.parametrize(
    ("why", "answer"),
    [
        ("it was not ticked", {"answer": "approve"}),
        ("it was denied", {"answer": "deny", "link": "yes"}),
        ("there was no answer", {"link": "yes"}),
    ],
)
def test_nothing_is_linked_if(client, world, browse, microsoft, why, answer):
    code = start(client, microsoft.token()).json["user_code"]

    browse("/pair/answer", code=code, **answer)

    assert Identity.select().count() == 0, why
    assert exchange(client, microsoft.token()).status_code == 403


def test_an_account_is_whose_approved_it_and_not_whose_address_it_has(
    client, world, browse, microsoft
):
    token = microsoft.token(preferred_username="bob@ours.test")
    code = start(client, token).json["user_code"]

    asked = browse("/pair", code=code)
    browse("/pair/answer", code=code, **TICKED)

    assert 'form="answer" checked' not in asked.text, "what is not hers by its looks is her choice"
    assert "another address than you" in asked.text
    assert identities.holder_of(ACCOUNT) == world.alice


def test_an_account_of_somebody_else_connects_nothing(client, world, browse, microsoft):
    identities.link(world.users["bob"], "microsoft", ACCOUNT)
    started = start(client, microsoft.token()).json

    told = browse("/pair/answer", code=started["user_code"], **TICKED)

    assert told.status_code == 409
    assert "belongs to another user" in told.text
    assert is_pending(client, started)
    assert identities.holder_of(ACCOUNT) == world.users["bob"]


def test_a_program_with_a_token_links_nothing(client, world, microsoft):
    started = start(client, microsoft.token()).json

    told = client.post(
        "/pair/answer",
        data={"code": started["user_code"], **TICKED},
        headers=bearer(world.alice),
    )

    assert told.status_code == 403
    assert Identity.select().count() == 0
    assert is_pending(client, started)


def test_an_account_that_is_hers_already_is_not_asked_about(client, world, browse, microsoft):
    identities.link(world.alice, "microsoft", ACCOUNT)
    code = start(client, microsoft.token()).json["user_code"]

    asked = browse("/pair", code=code)
    browse("/pair/answer", code=code, **TICKED)

    assert 'name="link"' not in asked.text
    assert identities.user_of(world.alice.org_id, ACCOUNT) == world.alice, "it still signs her in"


def test_a_tick_without_an_account_links_nothing(client, world, browse):
    started = client.post("/api/v1/pairing/start", json={"mailbox": "alice@ours.test"}).json

    told = browse("/pair/answer", code=started["user_code"], **TICKED)

    assert "Outlook is connected" in told.text
    assert Identity.select().count() == 0


@pytest.mark.parametrize(
    "changes", [{"tenant": FOREIGN}, {"exp": 1}, {"scp": None}, {"aud": "another"}]
)
def test_a_token_that_does_not_hold_starts_nothing(client, world, microsoft, changes):
    token = microsoft.token(**changes)

    answer = start(client, token)

    assert answer.status_code == 401
    assert token not in answer.text
    assert Pairing.select().count() == 0


def test_the_token_is_not_kept(client, world, microsoft):
    token = microsoft.token()
    start(client, token)

    kept = " ".join(map(str, db.one("SELECT * FROM pairing")))

    assert OBJECT in kept
    assert token not in kept
    assert token.split(".")[2] not in kept


def test_without_an_app_no_token_is_taken(settings, store, world, microsoft):
    with app_of(settings, store) as without:
        answer = start(without.test_client(), microsoft.token())

    assert answer.status_code == 404


def test_her_account_page_says_what_it_is_good_for_and_takes_it_off(
    client, app, world, browse, microsoft
):
    code = start(client, microsoft.token()).json["user_code"]
    browse("/pair/answer", code=code, **TICKED)
    (row,) = identities.all_of(world.alice.id)
    browser = app.test_client()
    browser.get(f"/signin/{issue_signin_link(world.alice)}")

    page = browser.get("/console/account").text
    browse("/console/account/unlink", identity=row.id)

    assert "connects its panel only" in page
    assert exchange(client, microsoft.token()).status_code == 403
