"""A user's own account: what she changes ends other sessions, and what matters is confirmed."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.access import factors, signing_in, totp
from backend.models.access import Proof, caller_of_session
from backend.web.permissions import FRESH
from tests.web.browsing import browser_of

GOOD = "copper lantern on a quiet hill"
BETTER = "another lantern, another hill"
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def database_url():
    return ""


def code_of(app, browser):
    secret = totp.secret_of(app.config["SETTINGS"].secret, browser.session_id)
    return totp.code_at(secret, totp.step_of(clock.wall()))


def test_a_new_password_ends_every_other_session(app, client, world):
    mine, other = browser_of(app, world.alice), browser_of(app, world.alice)

    answer = mine.post("/console/account/password", password=GOOD)

    assert answer.headers["Location"] == "/console/account?done=password"
    assert "Your other sessions have ended" in mine.get(answer.headers["Location"]).text
    assert caller_of_session(other.cookie) is None
    assert mine.post("/console/account/password", password="short").status_code == 422


def test_what_matters_is_confirmed_after_ten_minutes(app, client, world):
    signing_in.set_password(world.alice, GOOD)
    mine = browser_of(app, world.alice)

    with time_machine.travel(clock.wall() + FRESH + timedelta(seconds=1), tick=False):
        stale = mine.post("/console/account/password", password=BETTER)
        assert stale.headers["Location"] == "/console/confirm?next=/console/account"
        assert mine.get(stale.headers["Location"]).status_code == 200
        assert mine.post("/console/confirm", password="wrong").status_code == 422
        back = mine.post("/console/confirm", password=GOOD, next="/console/account")
        assert back.headers["Location"] == "/console/account"
        assert mine.post("/console/account/password", password=BETTER).status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "/console/../x",
        "",
    ],
)
def test_after_confirming_one_never_lands_elsewhere(app, client, world, elsewhere):
    signing_in.set_password(world.alice, GOOD)
    mine = browser_of(app, world.alice)

    answer = mine.post("/console/confirm", password=GOOD, next=elsewhere)

    assert answer.headers["Location"] == "/console"


def test_a_second_factor_is_set_up_used_and_switched_off(app, client, world):
    mine, other = browser_of(app, world.alice, Proof()), browser_of(app, world.alice, Proof())
    page = mine.get("/console/account/factor")

    assert "<svg" in page.text
    assert mine.get("/console/account/factor").data == page.data
    assert not factors.is_on(world.alice.id)
    assert mine.post("/console/account/factor", code="000000").status_code == 422
    codes = mine.post("/console/account/factor", code=code_of(app, mine))

    assert codes.text.count("<li><code>") == 10
    assert caller_of_session(mine.cookie).has_second_factor
    assert caller_of_session(other.cookie) is None
    assert mine.get("/console/account/factor").headers["Location"] == "/console/account"
    assert mine.post("/console/account/recovery").text.count("<li><code>") == 10
    assert mine.post("/console/account/factor_off").status_code == 303
    assert not factors.is_on(world.alice.id)


def test_a_second_factor_is_not_set_up_in_somebody_elses_old_session(app, client, world):
    signing_in.set_password(world.alice, GOOD)
    mine = browser_of(app, world.alice, Proof())

    with time_machine.travel(clock.wall() + FRESH + timedelta(seconds=1), tick=False):
        stale = mine.post("/console/account/factor", code=code_of(app, mine))

    assert stale.headers["Location"] == "/console/confirm?next=/console/account"
    assert not factors.is_on(world.alice.id)


def test_a_first_password_is_not_set_in_somebody_elses_old_session(app, client, world):
    mine = browser_of(app, world.alice)

    with time_machine.travel(clock.wall() + FRESH + timedelta(seconds=1), tick=False):
        stale = mine.post("/console/account/password", password=GOOD)
        factor = mine.post("/console/account/factor", code=code_of(app, mine))
        told = mine.get(stale.headers["Location"]).text

    for answer in (stale, factor):
        assert answer.headers["Location"] == "/console/confirm?next=/console/account"
    assert signing_in.can_confirm(world.alice) == (False, False)
    assert "Sign out and sign in again" in told


def test_an_admin_without_a_second_factor_sees_only_how_to_set_it_up(app, client, world):
    ada = browser_of(app, world.users["ada"], Proof())

    assert ada.get("/console/feed").headers["Location"] == "/console/account/factor"
    assert ada.get("/console/account/factor").status_code == 200
    assert ada.post("/console/account/factor_off").headers["Location"] == "/console/account/factor"


def test_every_other_session_can_be_ended(app, client, world):
    mine, other = browser_of(app, world.alice), browser_of(app, world.alice)

    assert mine.post("/console/account/sessions").status_code == 303
    assert caller_of_session(mine.cookie)
    assert caller_of_session(other.cookie) is None


def test_who_can_show_nothing_is_told_what_to_do(app, client, world):
    page = browser_of(app, world.alice).get("/console/confirm")

    assert "sign-in link" in page.text
    told = page.text.partition('<main id="main"')[2]
    assert '<form class="actions" method="post" action="/signout">' in told


def test_it_speaks_german_too(app, client, world):
    mine = browser_of(app, world.alice)

    page = mine.client.get("/console/account", headers={"Accept-Language": "de-DE,de"})

    assert "Ihr Konto" in page.text
