"""Pairing over HTTP: the panel's side, the browser's side, and whoever abuses either."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.access.tries import PER_ACCOUNT
from backend.models.access import issue_signin_link
from backend.models.org import ApiToken, Session, User
from backend.web.permissions import csrf_token
from backend.words import t
from tests.world import bearer

MAILBOX = {"mailbox": "alice@ours.test", "client": "web"}
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def database_url():
    return ""  # the rows have their tests on both engines


@pytest.fixture
def started(client):
    return client.post("/api/v1/pairing/start", json=MAILBOX).json


def browser_of(app, user):
    browser = app.test_client()
    browser.get(f"/signin/{issue_signin_link(user)}")
    session = Session.select().order_by(Session.created_at.desc()).first()
    with app.app_context():
        return browser, {"csrf_token": csrf_token(session.id)}


def poll(client, started):
    return client.post("/api/v1/pairing/poll", json={"device_code": started["device_code"]})


def later(delay):
    return time_machine.travel(clock.now() + delay, tick=False)


def test_a_panel_is_connected(app, client, world, started):
    assert poll(client, started).json["type"] == "urn:telltale:problem:authorization_pending"
    browser, form = browser_of(app, world.alice)

    asked = browser.post("/pair", data={**form, "code": started["user_code"].lower()})
    told = browser.post(
        "/pair/answer", data={**form, "code": started["user_code"], "answer": "approve"}
    )
    with later(MINUTE):
        tokens = poll(client, started).json

    for shown in ("alice@ours.test", "Outlook on the web", started["user_code"].lower()):
        assert shown in asked.text
    assert "Outlook is connected" in told.text
    assert client.get("/api/v1/feed", headers=auth(tokens["read_token"])).status_code == 200
    stamp = client.post("/api/v1/stamps", headers=auth(tokens["stamp_token"]), json={})
    assert stamp.status_code == 201
    assert client.get("/api/v1/feed", headers=auth(tokens["stamp_token"])).status_code == 403
    assert (
        client.post("/api/v1/stamps", headers=auth(tokens["read_token"]), json={}).status_code
        == 403
    )


def auth(token):
    return {"Authorization": f"Bearer {token}"}


def test_the_panel_is_told_where_to_send_its_user(client, started):
    assert started["verification_uri"] == "http://127.0.0.1:8000/pair"
    assert started["verification_uri_complete"].endswith(f"/pair#{started['user_code']}")
    assert (started["expires_in"], started["interval"]) == (600, 5)


def test_a_hasty_panel_is_told_to_slow_down(client, started):
    poll(client, started)

    answer = poll(client, started)

    assert answer.status_code == 400
    assert answer.json["type"].endswith(":slow_down")


def test_who_is_told_no_stays_outside(app, client, world, started):
    browser, form = browser_of(app, world.alice)

    told = browser.post(
        "/pair/answer", data={**form, "code": started["user_code"], "answer": "deny"}
    )

    assert "Not connected" in told.text
    assert poll(client, started).json["type"].endswith(":access_denied")
    assert ApiToken.select().count() == 0


def test_a_code_can_be_answered_once(app, client, world, started):
    browser, form = browser_of(app, world.alice)
    answer = {**form, "code": started["user_code"], "answer": "approve"}
    browser.post("/pair/answer", data=answer)

    again = browser.post("/pair/answer", data=answer)

    assert again.status_code == 404
    assert "over or was answered" in again.text


def test_a_late_panel_starts_again(client, started):
    with later(11 * MINUTE):
        assert poll(client, started).json["type"].endswith(":expired_token")


def test_the_page_warns_of_a_mailbox_that_is_not_the_users_own(app, client, world):
    started = client.post("/api/v1/pairing/start", json={"mailbox": "sales@ours.test"}).json
    browser, form = browser_of(app, world.alice)

    page = browser.post("/pair", data={**form, "code": started["user_code"]})

    assert "not the address of your account" in page.text


def test_guessing_codes_ends_after_a_few(app, client, world, started):
    browser, form = browser_of(app, world.alice)

    wrong = [browser.post("/pair", data={**form, "code": "BBBB-BBBB"}) for _ in range(PER_ACCOUNT)]
    right = browser.post("/pair", data={**form, "code": started["user_code"]})

    assert {answer.status_code for answer in wrong} == {404}
    assert right.status_code == 429


def test_right_codes_are_never_too_many(app, client, world, started):
    browser, form = browser_of(app, world.alice)

    for _ in range(PER_ACCOUNT + 1):
        answer = browser.post("/pair", data={**form, "code": started["user_code"]})

    assert answer.status_code == 200


def test_starting_for_one_mailbox_without_end_is_stopped(client, world):
    path = "/api/v1/pairing/start"
    answers = [client.post(path, json=MAILBOX) for _ in range(PER_ACCOUNT + 1)]

    assert [answer.status_code for answer in answers] == [201] * PER_ACCOUNT + [429]
    assert answers[-1].json["type"].endswith(":too-many-tries")
    assert answers[-1].json["detail"] == t("problems.pair_too_many")
    assert answers[-1].headers["Retry-After"] == "900"
    assert client.post(path, json={"mailbox": "bob@ours.test"}).status_code == 201


@pytest.mark.parametrize(
    ("why", "path", "data"),
    [
        ("looking a code up", "/pair", {"code": "{code}"}),
        ("approving", "/pair/answer", {"code": "{code}", "answer": "approve"}),
    ],
)
def test_another_site_can_do_nothing_of_it(app, client, world, started, why, path, data):
    browser, _ = browser_of(app, world.alice)
    sent = {name: value.format(code=started["user_code"]) for name, value in data.items()}

    assert browser.post(path, data=sent).status_code == 403, why
    assert poll(client, started).json["type"].endswith(":authorization_pending")


def test_an_auditor_connects_nothing(app, client, world, started):
    User.update(role="auditor").where(User.id == world.alice.id).execute()
    browser, form = browser_of(app, world.alice)

    assert browser.post("/pair", data={**form, "code": started["user_code"]}).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(client, world):
    answer = client.get("/pair")

    assert answer.headers["Location"] == "/signin"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mailbox": "alice@ours.test", "client": "toaster"},
        {"mailbox": "a" * 400},
        {"mailbox": "alice@ours.test\0"},
        {"mailbox": 7},
    ],
)
def test_a_start_that_does_not_fit_is_a_problem(client, world, body):
    assert client.post("/api/v1/pairing/start", json=body).status_code == 422


def test_the_page_speaks_german_too(app, client, world):
    browser, _ = browser_of(app, world.alice)

    page = browser.get("/pair", headers={"Accept-Language": "de"})

    assert "Outlook verbinden" in page.text


def test_a_program_with_a_token_may_do_what_its_user_may(client, world, started):
    answer = client.post("/pair", data={"code": started["user_code"]}, headers=bearer(world.alice))

    assert "alice@ours.test" in answer.text
