"""Admins say whose machine-sent mail is measured; everybody else may not even ask."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock
from backend.models.org import AuditLog
from backend.web.permissions import CSRF_HEADER, FRESH, csrf_token
from tests.web.browsing import ORIGIN, browser_of
from tests.world import bearer

URL = "/api/v1/automated-senders"


@pytest.fixture
def ada(world):
    return bearer(world.users["ada"])


def test_a_program_is_added_changed_and_removed(client, world, ada):
    made = client.post(URL, json={"address": "Alerts@Ours.TEST", "name": "Alerts"}, headers=ada)
    place = f"{URL}/{made.json['id']}"
    choices = {"owner_id": world.alice.id, "links": False, "is_paused": True}
    changed = client.put(place, json=choices, headers=ada)
    listed = client.get(URL, headers=ada).json["items"]
    removed = client.delete(place, headers=ada)

    assert made.status_code == 201
    assert made.json | {"id": ""} == {
        "id": "",
        "address": "alerts@ours.test",
        "name": "Alerts",
        "owner_id": world.users["ada"].id,
        "opens": True,
        "links": True,
        "per_recipient": True,
        "is_paused": False,
    }
    assert changed.json["owner_id"] == world.alice.id
    assert (changed.json["links"], changed.json["is_paused"]) == (False, True)
    assert listed == [changed.json]
    assert removed.status_code == 204
    assert client.get(URL, headers=ada).json["items"] == []
    assert [row.action for row in AuditLog.select().order_by(AuditLog.id)] == [
        "automated_sender.added",
        "automated_sender.changed",
        "automated_sender.removed",
    ]


@pytest.mark.parametrize(
    ("why", "body", "status"),
    [
        ("a user's address", {"address": "alice@ours.test"}, 409),
        ("no address", {"address": "x"}, 422),
        ("an owner from elsewhere", {"address": "a@ours.test", "owner_id": "MALLORY"}, 422),
        ("a field that there is not", {"address": "a@ours.test", "org_id": "x"}, 422),
    ],
)
def test_what_cannot_be_is_refused(client, world, ada, why, body, status):
    body = {
        name: world.users["mallory"].id if value == "MALLORY" else value
        for name, value in body.items()
    }

    assert client.post(URL, json=body, headers=ada).status_code == status, why


def test_a_disabled_user_owns_nothing(client, world, ada):
    made = client.post(URL, json={"address": "a@ours.test"}, headers=ada).json
    world.alice.is_disabled = True
    world.alice.save()
    owner = {"owner_id": world.alice.id}

    added = client.post(URL, json={"address": "b@ours.test", **owner}, headers=ada)
    changed = client.put(f"{URL}/{made['id']}", json=owner, headers=ada)

    assert (added.status_code, changed.status_code) == (422, 422)


@pytest.mark.req("R13")
def test_a_browser_shows_first_who_it_is_as_on_the_page(app, client, world):
    browser = browser_of(app, world.users["ada"])
    with app.app_context():
        headers = {CSRF_HEADER: csrf_token(browser.session_id), "Origin": ORIGIN}

    with time_machine.travel(clock.wall() + FRESH + timedelta(seconds=1), tick=False):
        told = browser.client.post(URL, json={"address": "a@ours.test"}, headers=headers)

    assert (told.status_code, told.json["type"].rpartition(":")[2]) == (403, "confirm-needed")
    assert browser.get(URL).json["items"] == []


def test_an_address_is_registered_once(client, ada):
    first = client.post(URL, json={"address": "a@ours.test"}, headers=ada)
    second = client.post(URL, json={"address": "A@ours.test"}, headers=ada)

    assert (first.status_code, second.status_code) == (201, 409)


def test_another_organisations_program_is_not_there(client, world, ada):
    made = client.post(URL, json={"address": "a@ours.test"}, headers=ada).json
    world.users["mallory"].role = "admin"
    world.users["mallory"].save()
    theirs = bearer(world.users["mallory"])

    assert client.get(URL, headers=theirs).json["items"] == []
    assert client.put(f"{URL}/{made['id']}", json={}, headers=theirs).status_code == 404
    assert client.delete(f"{URL}/{made['id']}", headers=theirs).status_code == 404
