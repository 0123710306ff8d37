"""The Feed over HTTP: cheap to poll, and never out of date."""

from datetime import timedelta

import pytest

from backend.models.access import Scope
from backend.people import changing
from backend.people.values import Actor
from backend.tracking.facts import Kind
from backend.web.feed import UntrackedOut
from tests.world import APPLE_MPP, CAROL, DANA, LEO, NOON, bearer, hit, record

FEED = "/api/v1/feed"


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(NOON + timedelta(days=2))


@pytest.fixture
def mail(world):
    made = world.send(CAROL, LEO, per_recipient=True)
    record(hit(world.open_token(made, CAROL)))
    return made


def poll(client, headers, tag=None, query=""):
    known = {"If-None-Match": tag} if tag else {}
    answer = client.get(f"{FEED}{query}", headers=headers | known)
    return answer.status_code, answer.headers["ETag"], answer.get_json(silent=True)


def test_an_unchanged_feed_is_not_sent_again(client, as_alice, mail):
    status, tag, body = poll(client, as_alice)
    again = poll(client, as_alice, tag)

    assert (status, len(body["items"])) == (200, 1)
    assert again == (304, tag, None)


def test_a_304_has_no_body_and_says_how_long_to_keep_it(client, as_alice, mail):
    _, tag, _ = poll(client, as_alice)

    answer = client.get(FEED, headers=as_alice | {"If-None-Match": f'"other", {tag}'})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_tag_that_a_packing_proxy_weakened_holds(client, as_alice, mail):
    _, tag, _ = poll(client, as_alice)

    assert poll(client, as_alice, f"W/{tag}")[0] == 304


def rename(world, name, new):
    person = world.people[name]
    changing.change(Actor(person.org_id, "test"), person.id, {"name": new})


CHANGES = (
    ("a new open", lambda world, mail: record(hit(world.open_token(mail), after=600))),
    ("one folded into the last", lambda world, mail: record(hit(world.open_token(mail), after=61))),
    ("a click", lambda world, mail: record(hit(world.click_token(mail), Kind.CLICK, after=600))),
    (
        "one that came by itself",
        lambda world, mail: record(hit(world.open_token(mail), user_agent=APPLE_MPP, after=600)),
    ),
    ("a person's new name", lambda world, mail: rename(world, "carol", "Carol Castle")),
    ("a recipient's new name", lambda world, mail: rename(world, "leo", "Leonie")),
    ("another time of sending", lambda world, mail: world.confirm(mail, NOON + timedelta(hours=1))),
)


@pytest.mark.req("R37", "R39")
@pytest.mark.parametrize(("why", "happens"), CHANGES, ids=[row[0] for row in CHANGES])
def test_whatever_happens_is_seen_at_the_next_poll(client, world, as_alice, mail, why, happens):
    query = "?include_automatic=true"
    _, tag, before = poll(client, as_alice, query=query)

    happens(world, mail)
    status, new_tag, after = poll(client, as_alice, tag, query)

    assert status == 200, why
    assert new_tag != tag
    assert after != before


@pytest.mark.req("R37")
def test_a_new_subject_is_seen_at_the_next_poll(client, world, as_alice):
    drafted = world.stamp(compose_id="one")
    record(hit(world.open_token(drafted)))
    query = "?include_automatic=true"
    _, tag, before = poll(client, as_alice, query=query)

    world.stamp(compose_id="one", subject="Better offer")
    status, _, after = poll(client, as_alice, tag, query)

    assert (status, before["items"][0]["stamp"]["subject"]) == (200, "Offer")
    assert after["items"][0]["stamp"]["subject"] == "Better offer"


@pytest.mark.req("R37")
def test_what_was_seen_in_one_panel_is_seen_in_all(client, world, as_alice, mail):
    panel = bearer(world.alice, Scope.READ)
    record(hit(world.open_token(mail), after=600, user_agent=APPLE_MPP))
    _, tag, body = poll(client, panel, query="?include_automatic=true")
    marks = [(item["counted"], item["unread"]) for item in body["items"]]

    seen = client.put(f"{FEED}/seen", headers=panel, json={"id": body["items"][1]["id"]})

    assert (body["unread"], marks) == (1, [(False, False), (True, True)])
    assert seen.json == {"unread": 0}
    status, _, after = poll(client, as_alice, tag, "?include_automatic=true")
    assert (status, after["unread"]) == (200, 0)
    assert [item["unread"] for item in after["items"]] == [False, False]


def test_what_comes_after_is_unread_and_nothing_is_unseen_again(client, world, as_alice, mail):
    old = poll(client, as_alice)[2]["items"][0]["id"]
    record(hit(world.open_token(mail, CAROL), after=3600))
    new = poll(client, as_alice)[2]
    client.put(f"{FEED}/seen", headers=as_alice, json={"id": old})

    one_left = poll(client, as_alice)[2]
    client.put(f"{FEED}/seen", headers=as_alice, json={"id": new["items"][0]["id"]})
    back = client.put(f"{FEED}/seen", headers=as_alice, json={"id": old})

    assert (new["unread"], one_left["unread"], back.json["unread"]) == (2, 1, 0)
    assert [item["unread"] for item in one_left["items"]] == [True, False]


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("no id", {}),
        ("no uuid", {"id": "x"}),
        (
            "of a far future, which would hide all that comes",
            {"id": "f" * 8 + "-ffff-7fff-8fff-" + "f" * 12},
        ),
        ("more than asked for", {"id": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "user": "bob"}),
    ],
)
def test_what_was_not_there_cannot_have_been_seen(client, as_alice, mail, why, body):
    answer = client.put(f"{FEED}/seen", headers=as_alice, json=body)

    assert answer.status_code == 422, why
    assert poll(client, as_alice)[2]["unread"] == 1


def test_newest_leads_to_what_comes_later(client, world, as_alice, mail):
    first = poll(client, as_alice)[2]
    nothing = poll(client, as_alice, query=f"?after={first['newest']}")[2]
    record(hit(world.open_token(mail, CAROL), after=3600))

    later = poll(client, as_alice, query=f"?after={first['newest']}")[2]

    assert (nothing["items"], nothing["newest"]) == ([], None)
    assert [item["occurred_at"] for item in later["items"]] == ["2026-11-20T13:00:00Z"]


def test_what_is_told_late_changes_the_tag_and_is_found_by_paging_back(
    client, world, as_alice, mail
):
    record(hit(world.open_token(mail, LEO), after=3600))
    newest = poll(client, as_alice)[2]["newest"]
    tag, tag_after = (poll(client, as_alice, query=q)[1] for q in ("", f"?after={newest}"))

    record(hit(world.open_token(mail, CAROL), after=1800))  # its edge was cut off for an hour

    status, _, later = poll(client, as_alice, tag_after, f"?after={newest}")
    assert (status, later["items"]) == (200, [])
    status, _, first = poll(client, as_alice, tag, "?limit=1")
    assert (status, len(first["items"])) == (200, 1)
    back = poll(client, as_alice, query=f"?before={first['next']}")[2]["items"]
    assert "2026-11-20T12:30:00Z" in {item["occurred_at"] for item in back}


def test_what_happens_to_others_is_not(client, world, as_alice, mail):
    bob = bearer(world.users["bob"])
    _, tag, _ = poll(client, bob)

    record(hit(world.open_token(mail), after=600))

    assert poll(client, bob, tag)[0] == 304


def test_a_tag_holds_for_its_own_question_and_caller(client, world, as_alice, mail):
    _, tag, _ = poll(client, as_alice)

    assert poll(client, as_alice, tag, "?kind=open")[0] == 200
    assert poll(client, as_alice, tag, "?limit=1")[0] == 200
    assert poll(client, bearer(world.users["bob"]), tag)[0] == 200


def test_a_tag_ends_with_its_day_because_the_thirty_days_move(client, as_alice, mail, time_machine):
    _, tag, _ = poll(client, as_alice)

    time_machine.move_to(NOON + timedelta(days=3))

    assert poll(client, as_alice, tag)[0] == 200


@pytest.mark.parametrize("tag", ['""', "x", '"' + "x" * 5_000 + '"', "W/\0", "*, *"])
def test_a_strange_tag_is_an_unknown_one(client, as_alice, mail, tag):
    assert poll(client, as_alice, tag)[0] in {200, 304}


def test_an_item_says_what_the_architecture_names(client, as_alice, mail, world):
    (item,) = poll(client, as_alice)[2]["items"]

    assert set(item) >= {
        "id", "kind", "verdict", "counted", "confidence", "reasons", "label", "occurred_at",
        "person", "recipients", "stamp", "link", "client", "device", "client_label", "country",
        "repeats",
    }  # fmt: skip
    assert item["stamp"] == {"id": mail.id, "subject": "Offer"}
    assert item["person"]["name"] == "Carol"
    assert item["occurred_at"] == "2026-11-20T12:01:00Z"


@pytest.mark.req("R10")
def test_what_was_sent_untracked_is_told_with_its_reason(client, world, as_alice, mail):
    world.send(DANA, subject="To Dana")

    answer = client.get(f"{FEED}/untracked", headers=as_alice)

    (item,) = UntrackedOut.model_validate(answer.json, extra="forbid").items
    assert (item.subject, item.reason, item.sent_at) == ("To Dana", "do_not_track", NOON)
    mallory = bearer(world.users["mallory"])
    assert client.get(f"{FEED}/untracked", headers=mallory).json == {"items": []}


def test_pages_follow_each_other(client, world, as_alice):
    for after in (60, 120, 180):
        record(hit(world.open_token(world.send()), after=after))

    first = poll(client, as_alice, query="?limit=2")[2]
    second = poll(client, as_alice, query=f"?limit=2&before={first['next']}")[2]

    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(set(ids)), second["next"]) == (3, None)
