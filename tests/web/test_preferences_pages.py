"""The page of one's own preferences, in a browser."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from backend.models import preferences
from backend.models.access import (
    BY_SHELL,
    Scope,
    caller_of_token,
    issue_token,
    name_session,
    open_session_of,
)
from backend.models.org import User
from tests.screens import BUDGET_BYTES, signed_in, weight
from tests.web.browsing import browser_of
from tests.world import bearer

PAGE = "/console/preferences"


@pytest.fixture(scope="module")
def database_url():
    return ""


def chosen(world):
    return preferences.all_of(User.get_by_id(world.alice.id))


@pytest.mark.req("R11", "R77")
def test_what_is_chosen_is_kept_and_the_page_is_accessible(site, rep, world, eyes):
    issue_token(world.alice, Scope.READ, "Outlook on the web")
    rep.goto(f"{site}{PAGE}")
    assert eyes.faults(rep, "preferences") == []
    rep.get_by_label("Track opens").check()
    rep.get_by_label("Theme").select_option("dark")
    rep.get_by_label("Time zone").select_option("Europe/Berlin")
    rep.get_by_label("Click: Mail").check()
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_role("status")).to_have_text("Saved.")
    expect(rep.get_by_label("Track opens")).to_be_checked()
    expect(rep.get_by_label("Track links")).not_to_be_checked()
    now = chosen(world)
    assert (now["opens"], now["links"], now["theme"]) == (True, False, "dark")
    assert now["time_zone"] == "Europe/Berlin"
    assert now["notifications"]["click"] == {"in_app": True, "push": True, "mail": True}
    stored = User.get_by_id(world.alice.id).preferences["notifications"]
    assert stored == {event: ({"mail": True} if event == "click" else {}) for event in stored}


def test_the_page_speaks_german_once_that_is_chosen(site, rep, eyes):
    rep.goto(f"{site}{PAGE}")
    rep.get_by_label("Language", exact=True).select_option("Deutsch")
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_role("heading", name="Einstellungen")).to_be_visible()
    assert eyes.faults(rep, "preferences-de") == []


@pytest.mark.parametrize("field", ["time_zone", "theme", "language"])
def test_what_cannot_be_chosen_is_said_beside_its_field(client, as_alice, field):
    data = {"theme": "dark", "language": "en", "time_zone": "UTC", "opens": "on", field: "x"}
    answer = client.post(PAGE, headers=as_alice, data=data)

    assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)
    assert 'name="opens" checked' in answer.text


def test_a_token_is_made_shown_once_and_stops_at_once_when_revoked(site, rep, console_errors, eyes):
    rep.goto(f"{site}{PAGE}")
    rep.get_by_role("button", name="Make a token").click()
    expect(rep.get_by_role("alert")).to_contain_text("Say what it is for")
    assert eyes.faults(rep, "preferences-fault") == []
    rep.get_by_label("What is it for?").fill("My <b>script</b>")
    rep.get_by_label("What may it do?").select_option("May only look")
    rep.get_by_role("button", name="Make a token").click()
    text = rep.get_by_label("The token").input_value()
    assert caller_of_token(text).scope == "read"
    assert eyes.faults(rep, "preferences-token") == []
    rep.goto(f"{site}{PAGE}")
    assert text not in rep.content()

    rep.get_by_role("button", name="Revoke My <b>script</b>").click()

    expect(rep.get_by_role("status")).to_contain_text("It opens nothing any more.")
    assert caller_of_token(text) is None
    expect(rep.get_by_text("None yet. A panel")).to_be_visible()
    assert eyes.faults(rep, "preferences-no-token") == []
    console_errors.clear()


def test_each_panel_says_what_it_is_and_when_it_was_used_last(client, world, as_alice):
    def row():
        return client.get(PAGE, headers=as_alice).text.partition("Outlook on the web")[2][:600]

    token = issue_token(world.alice, Scope.READ, "Outlook on the web")
    panel = {"Authorization": f"Bearer {token}"}
    before = row()
    client.get("/api/v1/me", headers=panel)

    assert "May only look" in before
    assert "not used yet" in before
    assert "not used yet" not in row()
    assert re.search(r"<span>used [^<]+</span>", row())


def test_another_browser_is_signed_out_and_then_this_one(site, rep, browser, world):
    other = browser.new_context()
    page = signed_in(other.new_page(), site, world.alice)
    rep.goto(f"{site}{PAGE}")
    rows = rep.locator("section[aria-labelledby=browsers] li")
    expect(rows).to_have_count(2)
    rows.filter(has_not_text="this one").get_by_role("button").click()
    expect(rep.get_by_role("status")).to_have_text("That browser is signed out.")
    page.goto(f"{site}{PAGE}")
    assert page.url.endswith("/signin")
    other.close()

    rows.get_by_role("button").click()
    expect(rep).to_have_url(f"{site}/signin")


def test_what_was_named_by_telltale_is_told_in_the_readers_language(app, client, world):
    for label in ("command line", "Outlook, new windows", "Mein Skript", "Outlook, of mine"):
        issue_token(world.alice, Scope.STAMP, label)
    for agent in ("", "Unknown device", "Desktop · Firefox"):
        name_session(open_session_of(world.alice, BY_SHELL), agent)
    here = browser_of(app, world.alice)
    here.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"

    told = Counter(re.findall(r'<p class="strong"><bdi>([^<]*)</bdi>', here.get(PAGE).text))

    assert told == {
        "Von der Befehlszeile": 1,
        "Neues Outlook unter Windows": 1,
        "Mein Skript": 1,
        "Outlook, of mine": 1,
        "Unbekannter Browser": 3,  # hers that looks, too
        "Computer · Firefox": 1,
    }


def test_nobody_ends_anothers_ways_in(client, world, as_alice):
    issue_token(world.alice, Scope.READ, "Her own")
    token = client.get("/api/v1/tokens", headers=as_alice).json["items"][0]["id"]
    bob = bearer(world.users["bob"])

    assert client.post(f"{PAGE}/tokens/{token}/revoke", headers=bob).status_code == 404
    assert "Her own" not in client.get(PAGE, headers=bob).text


def test_the_page_is_light(site, rep):
    assert weight(rep, f"{site}{PAGE}") <= BUDGET_BYTES
