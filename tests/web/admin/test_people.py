"""The admin's page of people, as a browser uses it."""

import re
from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.models.access import caller_of_session
from backend.models.org import Team, User
from backend.web.permissions import FRESH
from tests.screens import signed_in
from tests.web.browsing import browser_of, send

LIST = "/console/admin/people"
GOOD = "copper lantern on a quiet hill"


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_one_is_invited_by_a_link_and_gets_in(ada, client, world):
    answer = ada.post(LIST, email="New@ours.test", name="New <b>One</b>", role="rep", team="")
    path = re.search(r'value="http://127\.0\.0\.1:8000(/welcome/[^"]+)"', answer.text)[1]

    assert "<b>One" not in answer.text
    assert send(client, path, password=GOOD).status_code == 303
    assert client.get("/api/v1/me").json["email"] == "new@ours.test"


@pytest.mark.parametrize(
    ("why", "form", "status"),
    [
        ("known", {"email": "bob@ours.test", "role": "rep"}, 409),
        ("no address", {"email": "bob", "role": "rep"}, 422),
        ("no such role", {"email": "x@ours.test", "role": "owner"}, 422),
        ("no such team", {"email": "x@ours.test", "role": "rep", "team": clock.new_id()}, 404),
        ("a team that is no id", {"email": "x@ours.test", "role": "rep", "team": "'"}, 422),
    ],
)
def test_what_cannot_be_is_a_page_that_says_so(ada, why, form, status):
    assert ada.post(LIST, **form).status_code == status, why
    assert User.select().where(User.email == "x@ours.test").count() == 0


def test_an_old_session_confirms_first(ada, world):
    with time_machine.travel(clock.now() + FRESH + timedelta(seconds=1), tick=False):
        answer = ada.post(LIST, email="x@ours.test", role="admin")

    assert answer.headers["Location"].startswith("/console/confirm")
    assert User.select().where(User.email == "x@ours.test").count() == 0


def test_a_user_is_moved_disabled_and_handed_over(app, ada, world):
    bob = world.users["bob"]
    page, his = f"{LIST}/{bob.id}", browser_of(app, bob)

    assert ada.post(f"{page}/place", role="manager", team="").status_code == 303
    assert caller_of_session(his.cookie) is None
    assert ada.post(f"{page}/transfer", heir=world.alice.id).status_code == 303
    assert ada.post(f"{page}/transfer", heir="").status_code == 422
    assert ada.post(f"{page}/disable").status_code == 303
    assert "Disabled" in ada.get(page).text
    assert ada.post(f"{page}/enable").status_code == 303
    assert "Link to set a password" in ada.post(f"{page}/link").text


def test_the_last_admin_stays(ada, world):
    page = f"{LIST}/{world.users['ada'].id}"

    assert "last admin" in ada.post(f"{page}/place", role="rep").text
    assert ada.post(f"{page}/disable").status_code == 409


def test_another_organisations_user_is_not_there(ada, world):
    page = f"{LIST}/{world.users['mallory'].id}"

    assert ada.get(page).status_code == 404
    assert ada.post(f"{page}/disable").status_code == 404
    assert not User.get_by_id(world.users["mallory"].id).is_disabled


def test_teams_are_added_and_removed(ada, world):
    ada.post("/console/admin/teams", name="North")
    north = Team.get(Team.name == "North")

    assert "North" in ada.get(LIST).text
    assert ada.post("/console/admin/teams", name="North").status_code == 409
    assert ada.post("/console/admin/teams", name="").status_code == 422
    assert ada.post(f"/console/admin/teams/{north.id}/remove").status_code == 303
    assert Team.get_or_none(Team.name == "North") is None


def test_every_look_of_the_admins_pages_can_be_used(site, page, world, eyes):
    signed_in(page, site, world.users["ada"])
    for name in ("people", f"people/{world.alice.id}", "audit"):
        page.goto(f"{site}/console/admin/{name}")
        assert eyes.faults(page, f"admin-{name[:6]}", (320, 1280)) == [], name
