from datetime import timedelta

import pytest

from backend import clock
from backend.web.people.insight_shapes import AccountsOut, MetricsOut, TimelineOut
from tests.capture.letters import letter, mailbox_of, take
from tests.capture.meetings import take_meeting
from tests.web.browsing import browser_of
from tests.world import CAROL, bearer, hit, record

API = "/api/v1"


@pytest.fixture
def mail(world):
    """A mail to carol an hour ago, opened."""
    at = clock.now() - timedelta(hours=1)
    stamped = world.send(CAROL, at=at)
    record(hit(world.open_token(stamped), received_at=at + timedelta(minutes=5)))
    return stamped


def test_a_timeline_has_the_documented_shape(world, client, as_alice, mail):
    answer = client.get(f"{API}/people/{world.people['carol'].id}/timeline", headers=as_alice)

    page = TimelineOut.model_validate(answer.json, extra="forbid")
    (entry,) = page.items
    assert (entry.id, entry.sender.name, entry.recipients[0].state) == (mail.id, "alice", "opened")
    assert [each.kind for each in entry.engagements] == ["open"]


def test_a_meeting_has_the_documented_shape_and_stands_on_the_page(world, client, as_alice):
    mailbox = mailbox_of(world.alice)
    take_meeting(mailbox, -1, "Review <b>")
    take_meeting(mailbox, 1, "Next", is_private=True)
    person = world.people["carol"].id

    answer = client.get(f"{API}/people/{person}/timeline", headers=as_alice)
    page = TimelineOut.model_validate(answer.json, extra="forbid")
    shown = browser_of(client.application, world.alice).get(f"/console/people/{person}").text

    assert (page.items[0].type, page.items[0].subject) == ("meeting", "Review <b>")
    assert (page.coming[0].is_private, page.coming[0].subject) == (True, "")
    assert "Review &lt;b&gt;" in shown
    assert "Private meeting" in shown
    assert "Carol (accepted)" in shown
    assert "Next" not in shown


def test_what_came_from_her_is_told_as_that(world, client):
    person = world.people["carol"].id
    browser = browser_of(client.application, world.alice)
    assert "Known once a mailbox is connected." in browser.get(f"/console/people/{person}").text
    ours = mailbox_of(world.alice)
    assert "None yet" in browser.get(f"/console/people/{person}").text

    take(ours, letter(subject="A question"), days=1)

    shown = browser.get(f"/console/people/{person}").text
    assert "Known once a mailbox is connected." not in shown
    assert "None yet" not in shown.partition("Last mail received")[2].partition("</div>")[0]
    row = shown.partition("A question")[2].partition("</li>")[0]
    assert 'data-state="received"' in row
    assert "to alice" in row
    assert "without Telltale" not in row


def test_figures_have_the_documented_shape_and_say_what_is_not_known(world, client, as_alice, mail):
    answer = client.get(f"{API}/people/{world.people['carol'].id}/metrics", headers=as_alice)

    figures = MetricsOut.model_validate(answer.json, extra="forbid")
    assert figures.last_30_days.model_dump() == {
        "sent": 1,
        "measurable": 1,
        "opened": 1,
        "clicked": 0,
        "received": None,
        "meetings": None,
    }
    assert figures.last_received_at is None


def test_accounts_are_listed_with_their_people_and_figures(world, client, as_alice):
    body = {"name": "N", "addresses": ["n@acme.test"]}
    client.post(f"{API}/people", headers=as_alice, json=body)
    world.send("n@acme.test", at=clock.now())

    listed = AccountsOut.model_validate(client.get(f"{API}/accounts", headers=as_alice).json)
    (account,) = listed.items
    one = client.get(f"{API}/accounts/{account.id}", headers=as_alice).json
    figures = client.get(f"{API}/accounts/{account.id}/metrics", headers=as_alice).json

    assert (account.domain, account.people, one["id"]) == ("acme.test", 1, account.id)
    assert figures["last_30_days"]["sent"] == 1


def test_another_organisations_people_and_accounts_look_unknown(world, client, as_alice):
    client.post(f"{API}/people", headers=as_alice, json={"name": "N", "addresses": [CAROL]})
    account = client.get(f"{API}/accounts", headers=as_alice).json["items"][0]["id"]
    mallory = bearer(world.users["mallory"])
    carol = world.people["carol"].id

    for path in (
        f"people/{carol}/timeline",
        f"people/{carol}/metrics",
        f"accounts/{account}",
        f"accounts/{account}/metrics",
    ):
        assert client.get(f"{API}/{path}", headers=mallory).status_code == 404, path


@pytest.mark.parametrize("query", ["before=x", "limit=0", "limit=51", "days=1"])
def test_nonsense_is_refused(world, client, as_alice, query):
    path = f"{API}/people/{world.people['carol'].id}/timeline?{query}"

    assert client.get(path, headers=as_alice).status_code == 422
