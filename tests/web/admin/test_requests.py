"""Requests from recipients: what is held at an address, and a copy of it."""

import json

import pytest
from playwright.sync_api import expect

from backend.privacy import removing
from tests.privacy.filled import fill
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, DANA, bearer

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


def test_an_erasure_is_asked_for_seen_and_lifted(ada, world):
    fill(world)

    asked = ada.post(f"{PAGE}/erase", address=CAROL)
    here = asked.headers["Location"]
    waiting, held = ada.get(here).text, ada.post(PAGE, address=CAROL).text
    while removing.step():
        pass
    done = ada.get(here).text
    ada.post(f"{here}/lift")
    lifted = ada.get(here).text

    assert asked.status_code == 303
    assert "The worker erases it now" in waiting
    assert "Let the address come again" not in waiting
    assert "This address is being erased." in held
    assert "Erase all of this" not in held
    assert "2 mails, whole" in done
    assert CAROL not in done
    assert "<p>Finished" in done
    assert "Allowed to come again" in lifted
    assert here in ada.get(PAGE).text


def test_what_is_erased_is_told_when_it_is_asked_for_again(ada, world):
    ada.post(f"{PAGE}/erase", address=CAROL)
    while removing.step():
        pass

    empty = ada.post(PAGE, address=CAROL).text
    world.send(CAROL)
    written_to = ada.post(PAGE, address=CAROL).text

    assert "This address was erased and is kept out." in empty
    assert "Erase all of this" not in empty
    assert "Erase all of this" in written_to
    assert "1 line on a mail" in written_to


def test_everybody_else_is_told_why_the_address_cannot_be_added(ada, client, as_alice):
    ada.post(f"{PAGE}/erase", address=CAROL)

    answer = client.post("/api/v1/people", json={"addresses": [CAROL]}, headers=as_alice)

    assert answer.status_code == 409
    assert "erased on request" in answer.json["detail"]


@pytest.mark.req("R75")
def test_programs_of_an_admin_erase_and_look_how_far_it_is(client, world):
    fill(world)
    ada = bearer(world.users["ada"])
    one = f"{API}/erasures"

    asked = client.post(one, json={"address": CAROL}, headers=ada)
    here = f"{one}/{asked.json['id']}"
    early = client.delete(here, headers=ada)
    while removing.step():
        pass
    done = client.get(here, headers=ada)

    assert (asked.status_code, asked.json["finished_at"]) == (201, None)
    assert early.status_code == 409
    assert done.json["gone"]["mails"] == 2
    assert done.json["finished_at"]
    assert client.get(one, headers=ada).json["items"] == [done.json]
    assert client.delete(here, headers=ada).status_code == 204
    assert client.get(here, headers=ada).json["lifted_at"]


def test_nobody_but_an_admin_of_the_organisation_erases(client, world):
    world.users["mallory"].role = "admin"
    world.users["mallory"].save()
    asked = client.post(
        f"{API}/erasures", json={"address": CAROL}, headers=bearer(world.users["ada"])
    )
    here = f"{API}/erasures/{asked.json['id']}"

    for name in ("alice", "mika"):
        mine = bearer(world.users[name])
        assert client.post(f"{API}/erasures", json={"address": DANA}, headers=mine).status_code == (
            403
        )
        assert client.get(here, headers=mine).status_code == 403
    theirs = bearer(world.users["mallory"])
    assert client.get(here, headers=theirs).status_code == 404
    assert client.delete(here, headers=theirs).status_code == 404


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
    page.get_by_role("button", name="Erase all of this").click()
    expect(page.get_by_text("The worker erases it now")).to_be_visible()
    while removing.step():
        pass
    page.reload()
    expect(page.get_by_role("button", name="Let the address come again")).to_be_visible()
    assert eyes.faults(page, "erasure", (320, 1280)) == []
    page.goto(f"{site}{PAGE}")
    expect(page.get_by_role("heading", name="Erasures")).to_be_visible()
    assert eyes.faults(page, "erasures", (320, 1280)) == []
    assert console_errors == []
