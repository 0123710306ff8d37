"""The stamp API over HTTP: one compose window, one stamp, whatever is repeated and when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend import clock, db
from backend.models.mail import Stamp, StampCopy
from backend.models.preferences import tracking_default
from backend.tracking.facts import Kind
from backend.web.stamp_shapes import RecipientIn
from backend.web.stamps import _unique
from tests.capture.counting import statements
from tests.web.browsing import in_the_end
from tests.world import CAROL, DANA, LEO, bearer, hit, record

STAMPS = "/api/v1/stamps"
HTML = '<p>Hi <a href="https://example.com/a">there</a></p>'
DRAFT = {
    "compose_id": "window-1",
    "subject": "Offer",
    "recipients": [{"address": CAROL, "name": "Carol"}],
    "html": HTML,
    "opens": True,
    "links": True,
}


def stamp(client, headers, status=201, **changes):
    answer = client.post(STAMPS, headers=headers, json=DRAFT | changes)
    assert answer.status_code == status, answer.data
    return answer.json


def shown(client, headers, made):
    return client.get(f"{STAMPS}/{made['id']}", headers=headers).json


def tokens(made):
    return made["pixel_url"], [link["tracked_url"] for link in made["links"]]


@pytest.mark.req("R4", "R12")
def test_a_draft_comes_back_stamped(client, as_alice):
    made = stamp(client, as_alice)

    assert (made["state"], made["reason"], made["copies"]) == ("stamped", "", [])
    assert made["pixel_url"] in made["html"]
    assert [link["url"] for link in made["links"]] == ["https://example.com/a"]
    assert made["links"][0]["tracked_url"] in made["html"]
    assert [(who["address"], who["decision"]) for who in made["recipients"]] == [(CAROL, "track")]


def test_a_repeat_keeps_its_tokens(client, as_alice):
    first, second = stamp(client, as_alice), stamp(client, as_alice)

    assert (first["id"], tokens(first)) == (second["id"], tokens(second))
    assert Stamp.select().count() == 1


def test_its_own_output_comes_back_as_it_is(client, as_alice):
    first = stamp(client, as_alice)

    second = stamp(client, as_alice, html=first["html"])

    assert second["html"] == first["html"]


def test_html_links_and_recipients_may_come_later(client, as_alice):
    armed = stamp(client, as_alice, html=None, recipients=[])
    made = stamp(client, as_alice, recipients=[{"address": CAROL}, {"address": LEO, "role": "cc"}])

    assert (armed["state"], made["state"], armed["id"]) == ("armed", "stamped", made["id"])
    assert len(shown(client, as_alice, made)["recipients"]) == 2


def test_twenty_calls_at_once_are_one_stamp(app, world, client, as_alice):
    def call(_number):
        draft = {"headers": as_alice, "json": DRAFT}
        return in_the_end(lambda: app.test_client().post(STAMPS, **draft))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(call, range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({str(tokens(answer.json)) for answer in answers}) == 1
    assert (Stamp.select().count(), StampCopy.select().count()) == (1, 1)


def test_two_people_may_use_one_compose_id(client, world, as_alice):
    bob = bearer(world.users["bob"])

    assert stamp(client, as_alice)["id"] != stamp(client, bob)["id"]


def test_after_the_send_other_content_is_a_conflict(client, as_alice):
    made = stamp(client, as_alice, sent_at=clock.now().isoformat())

    again = stamp(client, as_alice)
    refused = stamp(client, as_alice, status=409, html="<p>Something else</p>")

    assert tokens(again) == tokens(made)
    assert refused["type"] == "urn:telltale:problem:conflict"


@pytest.mark.req("R4", "R86")
def test_each_recipient_may_have_a_copy_of_her_own(client, as_alice):
    made = stamp(
        client,
        as_alice,
        per_recipient=True,
        recipients=[{"address": each} for each in (CAROL, LEO, DANA)],
    )

    copies = {copy["address"]: copy for copy in made["copies"]}
    assert (made["html"], made["pixel_url"]) == (None, None)
    assert copies[CAROL]["pixel_url"] != copies[LEO]["pixel_url"]
    assert copies[CAROL]["links"][0]["tracked_url"] != copies[LEO]["links"][0]["tracked_url"]
    assert (copies[DANA]["html"], copies[DANA]["pixel_url"], copies[DANA]["links"]) == (
        HTML,
        None,
        [],
    )


def test_the_same_address_twice_is_one_recipient_in_her_first_role():
    given = [RecipientIn(address=CAROL, role=role) for role in ("to", "cc")]

    assert [(who.role, who.address) for who in _unique(given)] == [("to", CAROL)]


@pytest.mark.req("R11", "R34")
@pytest.mark.parametrize(
    ("why", "channel", "choice", "remembered"),
    [
        ("a panel's choice is the next default", "outlook", (True, False), True),
        ("a program's is not", "api", (True, False), False),
        ("half a choice is none", "gmail", (True, None), False),
    ],
)
def test_the_last_choice_is_the_next_default(
    client, world, as_alice, why, channel, choice, remembered
):
    before = tracking_default(world.alice)

    stamp(client, as_alice, channel=channel, opens=choice[0], links=choice[1])

    after = tracking_default(type(world.alice).get_by_id(world.alice.id))
    assert after == (choice if remembered else before), why


def test_her_other_mailboxes_are_not_asked_for_where_she_sends_from_her_own(
    client, world, as_alice
):
    with statements() as sent:
        made = stamp(client, as_alice, channel="outlook", **{"from": world.alice.email.upper()})

    assert made["state"] == "stamped"
    assert [sql for sql in sent if "pairing" in sql] == []


def test_the_user_is_asked_for_once_where_the_choice_is_the_default_already(client, as_alice):
    stamp(client, as_alice, channel="outlook")

    with statements() as sent:
        stamp(client, as_alice, channel="outlook", compose_id="window-2")

    assert len([sql for sql in sent if '"user"' in sql]) == 1


@pytest.mark.req("R29")
def test_an_open_before_the_send_is_confirmed_is_judged_by_it(client, world, as_alice):
    made = stamp(client, as_alice)
    opened_at = clock.now() - timedelta(hours=1)
    record(hit(token_of(made), received_at=opened_at))
    waiting = shown(client, as_alice, made)

    client.put(
        f"{STAMPS}/{made['id']}/sent",
        headers=as_alice,
        json={
            "sent_at": (opened_at - timedelta(minutes=5)).isoformat(),
            "internet_message_id": "<1@x>",
        },
    )
    confirmed = shown(client, as_alice, made)

    assert (waiting["is_opened"], waiting["state"]) == (False, "stamped")
    assert (confirmed["is_opened"], confirmed["state"]) == (True, "sent")
    assert confirmed["internet_message_id"] == "<1@x>"


def token_of(made):
    return made["pixel_url"].rpartition("/")[2].removesuffix(".gif")


def test_a_confirmation_may_correct_the_recipients(client, as_alice):
    made = stamp(client, as_alice)

    answer = client.put(
        f"{STAMPS}/{made['id']}/sent",
        headers=as_alice,
        json={"recipients": [{"address": LEO}, {"address": LEO, "role": "cc"}]},
    )

    assert [who["address"] for who in answer.json["recipients"]] == [LEO]


@pytest.mark.req("R30")
def test_a_stopped_mail_keeps_its_links_and_counts_no_more(client, world, as_alice):
    made = stamp(client, as_alice, sent_at=(clock.now() - timedelta(hours=2)).isoformat())
    path = f"{STAMPS}/{made['id']}"

    states = [client.delete(path, headers=as_alice).json["state"] for _ in range(2)]
    record(hit(token_of(made), received_at=clock.now()))

    assert states == ["stopped", "stopped"]
    after = shown(client, as_alice, made)
    assert (after["opens_total"], after["is_opened"]) == (0, False)
    assert after["tracked_links"][0]["url"] == "https://example.com/a"


@pytest.mark.req("R23")
def test_an_open_while_the_sender_looks_is_her_own(client, world, as_alice):
    made = stamp(client, as_alice, sent_at=(clock.now() - timedelta(hours=2)).isoformat())

    answer = client.post(f"{STAMPS}/{made['id']}/self-view", headers=as_alice)
    record(hit(token_of(made), received_at=clock.now()))

    assert (answer.status_code, answer.data) == (204, b"")
    feed = client.get("/api/v1/feed?include_automatic=true", headers=as_alice).json
    assert [item["label"] for item in feed["items"]] == ["you_opened"]


@pytest.mark.req("R10")
def test_the_sent_list_says_why_a_mail_is_untracked(client, as_alice):
    stamp(client, as_alice, compose_id=None, html="x", content_type="text/plain")
    stamp(client, as_alice, compose_id=None, recipients=[{"address": DANA}])

    items = client.get(f"{STAMPS}?state=untracked", headers=as_alice).json["items"]

    assert [item["reason"] for item in items] == ["do_not_track", "text_only"]


@pytest.mark.req("R38")
def test_the_history_is_ninety_days_or_everything(client, as_alice, time_machine):
    made = stamp(client, as_alice, sent_at=(clock.now() - timedelta(hours=2)).isoformat())
    record(hit(token_of(made), received_at=clock.now()))
    path = f"{STAMPS}/{made['id']}/history"

    time_machine.move_to(clock.now() + timedelta(days=91))

    counts = [
        len(client.get(f"{path}{query}", headers=as_alice).json["items"])
        for query in ("", "?days=90", "?days=100", "?days=0")
    ]
    assert counts == [0, 0, 1, 1]


def test_the_body_is_kept_nowhere(client, world, as_alice):
    html = '<p>canary-4417 <a href="https://example.com/a">here</a></p>'
    made = stamp(client, as_alice, html=html, per_recipient=True)
    record(hit(made["copies"][0]["links"][0]["tracked_url"].rpartition("/")[2], Kind.CLICK))

    tables = db.database.get_tables()
    assert {"stamp", "hit", "engagement"} <= set(tables)
    for name in tables:
        assert "canary-4417" not in str(db.rows(f'SELECT * FROM "{name}"')), name


def test_a_panel_may_stamp_and_may_not_stop(client, world):
    from backend.models.access import Scope

    panel = bearer(world.alice, Scope.STAMP)
    made = stamp(client, panel)

    assert client.put(f"{STAMPS}/{made['id']}/sent", headers=panel, json={}).status_code == 200
    assert client.delete(f"{STAMPS}/{made['id']}", headers=panel).status_code == 403
