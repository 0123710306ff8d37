"""Links that set a password, in the browser; and the one for who has forgotten hers."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from backend import db
from backend.access import invitations
from backend.models.access import Purpose
from backend.models.org import SigninLink
from tests.fakes import letter_box
from tests.serving import app_of
from tests.waiting import wait_until
from tests.web.browsing import COOKIE, send

GOOD = "copper lantern on a quiet hill"


def test_an_invitation_leads_in_and_looking_does_not_use_it_up(client, world):
    code = invitations.issue(world.users["bob"], Purpose.INVITE, "ada@ours.test")

    for _ in range(3):
        assert "bob@ours.test" in client.get(f"/welcome/{code}").text
    assert send(client, f"/welcome/{code}", password="short").status_code == 422
    answer = send(client, f"/welcome/{code}", password=GOOD)

    assert answer.headers["Location"] == "/console"
    assert client.get("/api/v1/me").json["email"] == "bob@ours.test"
    assert client.get(f"/welcome/{code}").status_code == 410
    assert send(client, f"/welcome/{code}", password=GOOD).status_code == 410


def test_a_form_of_another_site_sets_no_password(client, world):
    code = invitations.issue(world.users["bob"], Purpose.INVITE, "ada@ours.test")

    answer = client.post(
        f"/welcome/{code}", data={"password": GOOD}, headers={"Origin": "http://evil.test"}
    )

    assert answer.status_code == 403
    assert invitations.look(code)


def test_without_a_mail_server_one_asks_the_admin(client, world):
    assert "Ask your admin" in client.get("/signin/forgotten").text
    assert send(client, "/signin/forgotten", email="alice@ours.test").status_code == 200
    assert SigninLink.select().count() == 0


@pytest.fixture
def post(world, store):
    """A client of an installation with a mail server, and what arrived there."""
    with letter_box.running() as box:
        settings = world.settings.model_copy(update={"mail_url": box.url})
        with app_of(settings, store) as app:
            yield app.test_client(), box.taken


def test_a_forgotten_password_is_set_anew_by_a_letter(post):
    client, letters = post

    asked = send(client, "/signin/forgotten", email=" Alice@ours.test")
    unknown = send(client, "/signin/forgotten", email="nobody@ours.test")
    wait_until(lambda: letters, 30, "the letter")
    (letter,) = letters
    text = letter.content.decode().replace("=\r\n", "").replace("=3D", "=")
    path = re.search(r"http://127\.0\.0\.1:8000(/welcome/\S+)", text)[1]

    assert letter.rcpt_tos == ["alice@ours.test"]
    assert send(client, path, password=GOOD).status_code == 303
    assert client.get_cookie(COOKIE)
    assert asked.data == unknown.data


@contextmanager
def nobody_writes_links():
    """While the block runs; on PostgreSQL, whose tables can be locked one by one."""
    if not db.is_postgres():
        yield
        return
    with db.connection(), db.transaction():
        db.execute("LOCK TABLE signin_link IN EXCLUSIVE MODE")
        yield


def test_the_answer_waits_for_nothing_that_is_done_for_a_known_address_alone(post):
    client, letters = post

    with ThreadPoolExecutor(1) as pool, nobody_writes_links():
        answer = pool.submit(send, client, "/signin/forgotten", email="alice@ours.test")
        assert answer.result(30).status_code == 200

    wait_until(lambda: letters, 30, "the letter")


def test_nobody_floods_a_users_mailbox(post):
    client, letters = post

    for _ in range(15):
        assert send(client, "/signin/forgotten", email="alice@ours.test").status_code == 200

    wait_until(lambda: len(letters) == 10, 30, "ten letters")


def test_the_link_leads_to_the_address_of_the_settings_whatever_the_host_header_says(post):
    client, letters = post

    client.post(
        "/signin/forgotten",
        data={"email": "alice@ours.test"},
        headers={"Host": "evil.test", "Origin": "http://evil.test"},
    )

    wait_until(lambda: letters, 30, "the letter")
    assert b"evil.test" not in letters[0].content
