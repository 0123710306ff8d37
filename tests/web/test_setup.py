"""The first run in the browser: the code, the admin, her second factor, and then no way back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend import clock
from backend.access import setup, totp
from backend.models.org import Organization, Team, User
from backend.models.people import Person, PersonAddress
from tests.web.browsing import COOKIE, Browser, in_the_end, send

FORM = {
    "organization": "New Ltd",
    "name": "First",
    "email": "first@ours.test",
    "password": "copper lantern on a quiet hill",
}


@pytest.fixture
def code(world):
    """The code of an installation that has nobody yet."""
    for model in (PersonAddress, Person, User, Team, Organization):
        model.delete().execute()
    return setup.new_code()


@pytest.mark.req("R79")
def test_the_first_admin_is_led_from_the_code_to_a_second_factor(app, client, code):
    assert client.get("/signin").headers["Location"] == "/setup"
    assert client.get("/setup").status_code == 200

    answer = send(client, "/setup", code=code, **FORM)
    assert answer.headers["Location"] == "/console/account/factor"
    assert client.get("/console/feed").headers["Location"] == "/console/account/factor"

    admin = Browser(app, client)
    secret = totp.secret_of(app.config["SETTINGS"].secret, admin.session_id)
    done = admin.post(
        "/console/account/factor", code=totp.code_at(secret, totp.step_of(clock.wall()))
    )

    assert done.status_code == 200
    assert done.text.count("<li><code>") == 10
    assert client.get("/console/feed").status_code == 200


def test_fifty_at_once_make_one_admin(app, client, code):
    def one(number):
        mine = FORM | {"email": f"{number}@ours.test", "code": code}
        return in_the_end(lambda: send(app.test_client(), "/setup", **mine)).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(one, range(50)))

    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 403, 404, 429}
    assert User.select().count() == 1


def test_once_there_is_an_admin_there_is_no_such_page(client, world):
    assert client.get("/setup").status_code == 404
    assert send(client, "/setup", code="x", **FORM).status_code == 404


@pytest.mark.parametrize(
    ("why", "changes", "status"),
    [
        ("a wrong code", {"code": "wrong"}, 403),
        ("a weak password", {"password": "short"}, 422),
        ("no address", {"email": "first"}, 422),
        ("no name", {"name": ""}, 422),
    ],
)
def test_what_is_wrong_makes_nobody_and_keeps_what_was_typed(client, code, why, changes, status):
    answer = send(client, "/setup", **{"code": code, **FORM, **changes})

    assert answer.status_code == status, why
    assert "New Ltd" in answer.text
    assert FORM["password"] not in answer.text
    assert client.get_cookie(COOKIE) is None
    assert User.select().count() == 0


def test_nothing_is_public_before_the_first_admin(client, code):
    assert client.get("/console/feed").headers["Location"] == "/signin"
    assert client.get("/api/v1/feed").status_code == 401
