"""Requests from recipients: what is held at an address, and a copy of it."""

import json

import pytest
from playwright.sync_api import expect

from tests.privacy.filled import fill
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, bearer

PAGE, API = "/console/admin/requests", "/api/v1/requests"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def ada(app, client, world):
    return browser_of(app, world.users["ada"])


def test_the_page_says_how_much_of_each_kind_is_held(ada, world):
    fill(world)

    asked = ada.get(PAGE).text
    found = ada.post(PAGE, address=" Carol@northwind.TEST ").text

    assert "What is held" not in asked
    assert "4 lines on mails (sender or recipient)" in found
    assert "1 open, click, reply or bounce" not in found
    assert "Take a copy of everything (JSON)" in found


def test_of_a_stranger_nothing_is_held(ada):
    found = ada.post(PAGE, address="nobody@else.test").text

    assert "Nothing is held about this address." in found
    assert "Take a copy" not in found


@pytest.mark.parametrize(
    ("address", "said"),
    [("<b>nobody", "Give an e-mail address."), ("alice@ours.test", "This address belongs to")],
)
def test_what_cannot_be_asked_is_told_where_it_was_typed(ada, address, said):
    answer = ada.post(PAGE, address=address)

    assert answer.status_code == 422
    assert said in answer.text
    assert "<b>nobody" not in answer.text


def test_the_copy_is_a_file_and_one_kind_a_table(ada, world):
    fill(world)

    whole = ada.post(f"{PAGE}/copy", address=CAROL)
    table = ada.post(f"{PAGE}/copy", address=CAROL, kind="consents")

    assert len(json.loads(whole.text)["mails"]) == 4
    assert CAROL not in whole.headers["Content-Disposition"]
    assert table.text.splitlines()[0].endswith("address,state,how,text_version,occurred_at")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert ada.post(f"{PAGE}/copy", address=CAROL, kind="user").status_code == 404
    assert ada.post(f"{PAGE}/copy", address="nobody").status_code == 422


@pytest.mark.req("R75")
def test_programs_of_an_admin_ask_the_same(client, world):
    fill(world)
    ada = bearer(world.users["ada"])

    held = client.post(API, json={"address": CAROL}, headers=ada)
    whole = client.post(f"{API}/copy", json={"address": CAROL}, headers=ada)
    table = client.post(f"{API}/copy", json={"address": CAROL, "kind": "hits"}, headers=ada)

    assert held.json["counts"]["mails"] == 4
    assert held.json["people"][0] == world.people["carol"].id
    assert len(whole.json["hits"]) == held.json["counts"]["hits"] == 3
    assert len(table.text.splitlines()) == 4
    own = client.post(API, json={"address": "alice@ours.test"}, headers=ada)
    assert own.status_code == 409


def test_nobody_but_an_admin_asks_and_an_other_organisations_admin_finds_nothing(client, world):
    fill(world)
    world.users["mallory"].role = "admin"
    world.users["mallory"].save()

    for name in ("alice", "mika"):
        answer = client.post(API, json={"address": CAROL}, headers=bearer(world.users[name]))
        assert answer.status_code == 403
    theirs = client.post(API, json={"address": CAROL}, headers=bearer(world.users["mallory"]))
    assert sum(theirs.json["counts"].values()) == 0


def test_every_look_can_be_used(site, page, world, eyes, console_errors):
    fill(world)
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")
    page.get_by_label("E-mail address").fill(CAROL)
    page.get_by_role("button", name="See what is held").click()
    expect(page.get_by_role("button", name="Take a copy of everything (JSON)")).to_be_visible()
    assert eyes.faults(page, "requests", (320, 1280)) == []
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take a copy of everything (JSON)").click()
    assert taken.value.suggested_filename.endswith(".json")
    assert console_errors == []
