"""The door: what may come in, and what stands there when something behind it is away."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from backend import clock, db
from backend.access import identities
from backend.errors import Conflict, Invalid, NotFound, Unavailable
from backend.models import google as links
from backend.models.org import User
from backend.providers.openid import Account
from backend.settings import Settings
from gmail_addon import door
from gmail_addon.asking import STATE
from tests.gmail_addon import contract
from tests.gmail_addon.calling import (
    OAUTH_TOKEN,
    PUBLIC_URL,
    Caller,
    buttons,
    card_of,
    state_of,
)
from tests.world import CAROL, SECRET, data_folder

HOME = "/gmail-addon/home"


def ask(gmail, google, **options):
    token = google.system_token(f"{PUBLIC_URL}{HOME}")
    headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
    return gmail.client.post(HOME, headers=headers, **options)


@pytest.mark.parametrize(
    ("why", "options", "status"),
    [
        ("a form", {"data": {"a": "b"}}, 415),
        ("no JSON", {"data": "{", "content_type": "application/json"}, 400),
        ("a list", {"json": []}, 422),
        ("a text", {"json": "x"}, 422),
        ("nothing", {"content_type": "application/json"}, 400),
        ("nested without end", {"data": "[" * 100_000, "content_type": "application/json"}, 400),
        ("half a surrogate", {"data": b'{"a":"\\ud800"}', "content_type": "application/json"}, 400),
        ("too long", {"data": b" " * 300_000, "content_type": "application/json"}, 413),
        ("other shapes", {"json": {"gmail": 7}}, 422),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused_with_a_sentence(
    gmail, google, why, options, status
):
    answer = ask(gmail, google, **options)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), why
    assert answer.json["detail"]


def test_who_may_not_come_in_is_told_before_the_body_is_looked_at(gmail):
    answer = gmail.client.post(HOME, data="{", content_type="application/json")

    assert answer.status_code == 401


def test_an_account_nobody_has_linked_is_offered_a_link_for_her_alone(gmail, google, world):
    gmail.email = "somebody@else.test"

    answer = gmail.answer("home")

    (step,) = answer["custom_authorization_prompt"]["action"]["navigations"]
    (button,) = step["pushCard"]["sections"][0]["widgets"][1]["buttonList"]["buttons"]
    link = button["onClick"]["openLink"]
    assert (link["openAs"], link["onClose"]) == ("OVERLAY", "RELOAD")
    code = link["url"].removeprefix(f"{PUBLIC_URL}/gmail-addon/link/")
    assert links.offer_of(code).email == "somebody@else.test"


def test_an_account_that_signs_its_user_in_opens_the_add_on_too(gmail, world):
    bob = world.users["bob"]
    gmail.email = bob.email
    account = Account("https://accounts.google.com", f"sub of {bob.email}", bob.email)
    identities.link(bob, "google", account)

    assert "custom_authorization_prompt" not in gmail.answer("home")


def test_a_disabled_user_is_nobody(gmail, world):
    User.update(is_disabled=True).where(User.id == world.alice.id).execute()

    assert "custom_authorization_prompt" in gmail.answer("home")


def test_without_its_settings_there_is_no_add_on(google, tmp_path, world, store):
    from backend.app import create_app

    app = create_app(Settings(data_dir=tmp_path, secret=SECRET, playground=False))
    try:
        answer = Caller(app.test_client(), google).post("home")
    finally:
        app.extensions["store"].close_all()
        db.database.initialize(store)

    assert answer.status_code == 404


def test_an_old_card_says_so(gmail, time_machine):
    press = buttons(gmail.card("home"))["Refresh"]
    time_machine.move_to(clock.now() + timedelta(days=1, seconds=1))

    answer = gmail.press(press)

    told = answer["renderActions"]["action"]["notification"]["text"]
    assert told == "This card is too old. Close it and open it again."


@pytest.mark.parametrize("path", ["home", "action"])
def test_with_the_database_away_a_card_says_that_mail_goes_on(gmail, path):
    press = {}
    if path == "action":
        press = {STATE: state_of(buttons(gmail.card("home"))["Refresh"])}
    db.execute("ALTER TABLE identity RENAME TO away")
    try:
        card = card_of(gmail.answer(path, **press))
    finally:
        db.execute("ALTER TABLE away RENAME TO identity")

    assert card["header"]["title"] == "Telltale is away"


@pytest.mark.parametrize("path", ["home", "message", "action"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("problems.mail_gone"), "That is no longer there."),
        (Conflict("problems.mail_sent"), "This mail was sent already."),
        (Invalid("problems.stamp_links", most=7), "At most 7 links over all copies are taken"),
        (Unavailable("problems.gmail_away"), "Gmail does not answer now"),
    ],
)
def test_what_goes_wrong_behind_the_door_is_said_as_gmail_shows_it(gmail, app, path, error, said):
    def handler(_ask):
        raise error

    url = f"{PUBLIC_URL}/gmail-addon/{path}"
    headers = {"Authorization": f"Bearer {gmail.google.system_token(url)}"}
    with app.test_request_context(url, method="POST", json=gmail.event(), headers=headers):
        answer: Any = door.answer(handler).json

    contract.check(answer)
    if path == "action":
        assert said in answer["renderActions"]["action"]["notification"]["text"]
    else:  # a trigger has to be answered by a card
        assert said in str(card_of(answer))
        assert "renderActions" not in answer


@pytest.mark.req("R75")
def test_no_token_of_google_s_is_stored_or_logged(gmail, google, world, caplog, settings):
    caplog.set_level(logging.DEBUG)
    gmail.recipients = [CAROL]
    gmail.opened = {"messageId": "msg-f:1", "accessToken": "the-access-token-of-one-mail"}
    event = gmail.event()
    event["authorizationEventObject"]["systemIdToken"] = "the-system-token-in-the-body"
    user_token = event["authorizationEventObject"]["userIdToken"]
    for path in ("home", "compose", "settings", "message"):
        assert gmail.post(path, event).status_code == 200
    event["gmail"] = 7
    assert gmail.post("home", event).status_code == 422

    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = b"".join(path.read_bytes() for path in data_folder(settings).glob("*.db*"))
    secrets = (OAUTH_TOKEN, "the-access-token-of-one-mail", "the-system-token", user_token)
    assert world.alice.email.encode() in written
    assert [each for each in secrets if each.encode() in written] == []
    assert [each for each in secrets if each in caplog.text] == []
