"""The pages of what nobody was found for."""

import pytest
from playwright.sync_api import expect

from backend import db
from backend.people import adding, finding
from backend.people.values import Actor
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, bearer

PAGE = "/console/people/unresolved"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def other(world):
    """Somebody else with Carol's address; alice has mail with it, and with two strangers."""
    actor = Actor(world.alice.org_id, world.alice.id, "page", "")
    facts = {"kind": "contact", "name": HOSTILE, "company": "North", "addresses": (CAROL,)}
    person_id = adding.add(actor, facts, "test", "other")
    mail = letter(OURS, f"{CAROL}, Nina <nina@north.test>, Tom <tom@north.test>")
    Taking()(mailbox_of(world.alice), mail, is_sent=True)
    return person_id


def test_the_api_lists_and_chooses(client, world, other):
    alice = bearer(world.alice)
    before = client.get("/api/v1/unresolved", headers=alice).json
    choice = {"address": CAROL, "person_id": other}

    changed = client.put("/api/v1/unresolved/choice", json=choice, headers=alice)

    assert [each["chosen_id"] for each in before["ambiguous"]] == [None]
    assert [each["address"] for each in before["strangers"]] == [
        "nina@north.test",
        "tom@north.test",
    ]
    assert changed.json == {"changed": 1}
    wrong = {"address": CAROL, "person_id": world.people["leo"].id}
    assert client.put("/api/v1/unresolved/choice", json=wrong, headers=alice).status_code == 422


def test_the_page_chooses_adds_and_ignores(app, client, world, other):
    alice = browser_of(app, world.alice)

    answers = [
        alice.post(f"{PAGE}/choose", address=CAROL, person_id=other),
        alice.post(f"{PAGE}/add", address="nina@north.test", name="Nina"),
        alice.post(f"{PAGE}/ignore", address="tom@north.test"),
    ]

    assert [each.headers["Location"].rpartition("=")[2] for each in answers] == [
        "chosen",
        "added",
        "ignored",
    ]
    rules = dict(db.rows("SELECT address, rule FROM participant WHERE role = 'to'"))
    assert rules == {CAROL: "chosen", "nina@north.test": "address", "tom@north.test": ""}
    assert "Everybody you wrote with lately is known." in alice.get(PAGE).text


def test_whom_somebody_has_added_meanwhile_is_not_added_again(app, client, world, other):
    alice = browser_of(app, world.alice)

    answers = [alice.post(f"{PAGE}/add", address="nina@north.test", name="Nina") for _ in range(2)]

    assert [each.headers["Location"] for each in answers] == [f"{PAGE}?done=added"] * 2
    assert len(finding.at_address(world.alice.org_id, "nina@north.test")) == 1


@pytest.mark.parametrize(
    ("move", "form"),
    [
        ("choose", {}),
        ("choose", {"address": CAROL, "person_id": "x"}),
        ("add", {"address": "nobody"}),
        ("add", {"address": "a@b.test", "name": "\0"}),
        ("ignore", {}),
    ],
)
def test_what_cannot_be_is_refused(app, client, world, other, move, form):
    assert browser_of(app, world.alice).post(f"{PAGE}/{move}", **form).status_code == 422


def test_every_look_can_be_used(site, page, world, other, eyes, console_errors):
    signed_in(page, site, world.alice)
    page.goto(f"{site}/console/people")
    page.get_by_role("link", name="Unresolved").click()
    expect(page.get_by_role("button", name=f"Choose {HOSTILE} for {CAROL}")).to_be_visible()
    assert eyes.faults(page, "unresolved", (320, 1280)) == []
    assert console_errors == []
