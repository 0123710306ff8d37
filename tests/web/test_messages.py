"""One mail of the record over HTTP and as a page."""

import pytest
from playwright.sync_api import expect

from backend.models.mail import EmailMessage, Stamp
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking, sent_copy
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, bearer

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def message_id(world):
    to = f"{OURS}, {HOSTILE[:10]}<new@nowhere.test>"
    mail = letter(f"Carol <{CAROL}>", to, HOSTILE, text=f"{HOSTILE}\n" * 30)
    Taking()(mailbox_of(world.alice), mail)
    return EmailMessage.get().id


def test_its_owner_reads_it_and_says_who_else_does(client, world, message_id):
    here = f"/api/v1/messages/{message_id}"
    alice, bob = bearer(world.alice), bearer(world.users["bob"])

    found = client.get(here, headers=alice).json
    before = client.get(here, headers=bob).status_code
    shared = client.put(f"{here}/sharing", json={"sharing": "org"}, headers=alice)
    after = client.get(here, headers=bob)

    assert (found["subject"], found["sharing"], found["direction"]) == (HOSTILE, "team", "received")
    assert (before, shared.status_code, after.status_code) == (404, 200, 200)
    assert after.json["sharing"] == ""
    assert client.put(f"{here}/sharing", json={"sharing": "org"}, headers=bob).status_code == 404


@pytest.mark.parametrize("body", [{}, {"sharing": "all"}, {"sharing": None}, [], {"sharing": 1}])
def test_what_cannot_be_shared_so_is_refused(client, world, message_id, body):
    answer = client.put(
        f"/api/v1/messages/{message_id}/sharing", json=body, headers=bearer(world.alice)
    )

    assert answer.status_code == 422


def test_the_page_shares_too_and_hides_what_is_not_hers(app, client, world, message_id):
    alice, bob = (browser_of(app, world.users[name]) for name in ("alice", "bob"))
    here = f"/console/messages/{message_id}"

    refused = bob.get(here).status_code
    wrong = alice.post(f"{here}/sharing", sharing="all").status_code
    answer = alice.post(f"{here}/sharing", sharing="org")

    assert (refused, wrong) == (404, 422)
    assert answer.headers["Location"] == f"{here}?done=shared"
    assert "Who else sees this mail" in alice.get(here).text
    assert "Who else sees this mail" not in bob.get(here).text


def test_a_tracked_mail_tells_how_it_is_known_and_when_it_was_answered(app, client, world):
    take, mailbox, stamped = Taking(), mailbox_of(world.alice), world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    headers = {"In-Reply-To": "<sent-1@provider.test>"}
    take(mailbox, letter(message_id="<a@n.test>", headers=headers), hours=3)
    alice = browser_of(app, world.alice)

    record = alice.get(f"/console/messages/{Stamp.get_by_id(stamped.id).message_id}").text
    mail = alice.get(f"/console/mail/{stamped.id}").text

    assert "By our token in its text" in record
    assert "after 3 h" in record
    assert "after 3 h" in mail


def test_every_look_can_be_used(site, page, world, message_id, eyes, console_errors):
    signed_in(page, site, world.alice)
    page.goto(f"{site}/console/people/{world.people['carol'].id}")
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert eyes.faults(page, "message") == []

    signed_in(page, site, world.users["bob"])
    page.goto(f"{site}/console/people/{world.people['carol'].id}")
    page.get_by_text("1 more mail is not shared").click()
    expect(page.get_by_text("From Carol")).to_be_visible()
    assert eyes.faults(page, "person-withheld") == []
    assert console_errors == []
