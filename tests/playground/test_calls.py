"""What the stage's scripts call: shapes at the door, problems in answer."""

import pytest

from playground.inboxes import Inboxes
from tests.world import CAROL, DANA, bearer

DRAFT = {"to": f"Carol <{CAROL}>; {DANA}", "subject": "Offer", "body": "<p>Hi</p>"}


@pytest.fixture
def alice(client, world):
    """Calls with alice's token."""

    def call(path, body=None):
        headers = bearer(world.alice)
        if body is None:
            return client.get(f"/playground/{path}", headers=headers)
        return client.post(f"/playground/{path}", json=body, headers=headers)

    return call


def test_the_state_is_sent_once_while_nothing_changes(client, world):
    headers = bearer(world.alice)
    first = client.get("/playground/state", headers=headers)
    again = client.get(
        "/playground/state", headers=headers | {"If-None-Match": first.headers["ETag"]}
    )

    found = {"clock", "mailboxes", "readers", "is_believed", "is_captured", "google"}
    assert set(first.json) == found
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("why", "path", "body"),
    [
        ("nobody to write to", "foresee", {**DRAFT, "to": " ,;"}),
        ("no JSON object", "foresee", []),
        ("an unknown field", "send", {**DRAFT, "bcc": "x"}),
        ("too long a subject", "send", {**DRAFT, "subject": "x" * 301}),
        ("a number for a switch", "send", {**DRAFT, "opens": 1}),
        ("a word for a switch", "google/trouble", {"on": "yes"}),
        ("a step back", "clock", {"by_s": -1}),
        ("no step", "clock", {"by_s": 0}),
        ("too far", "clock", {"by_s": 10**12}),
        ("no deed of a reader's", "play", {"mail": "x", "reader": "scanner", "deed": "reply"}),
        ("no mail", "play", {"reader": "scanner"}),
        ("no way to write back", "write-back", {"mail": "x", "kind": "spam"}),
        ("an unknown field of it", "write-back", {"mail": "x", "kind": "away", "to": "x"}),
    ],
)
def test_what_cannot_be_is_a_problem(alice, why, path, body):
    answer = alice(path, body)

    assert answer.status_code == 422, why
    assert answer.content_type == "application/problem+json", why


@pytest.mark.parametrize(
    ("why", "asked"),
    [
        ("no such reader", {"mail": "x", "reader": "nobody"}),
        ("no such mail", {"mail": "x", "reader": "scanner"}),
        ("a path for a mail", {"mail": "../../secret.key", "reader": "scanner"}),
    ],
)
def test_what_there_is_not_is_not_found(alice, why, asked):
    assert alice("play", asked).status_code == 404, why


def test_a_customer_writes_back_in_the_users_language(alice, site, settings):
    inboxes = Inboxes.of(settings)
    mail_id = inboxes.put(CAROL, b"From: alice@ours.test\r\nSubject: Offer\r\n\r\nhi")

    told = alice("write-back", {"mail": mail_id, "kind": "away"})

    assert (told.status_code, told.json) == (201, {"who": "Carol"})
    newest = inboxes.mails("alice@ours.test")[0]
    assert b"Subject: Automatic reply: Offer" in inboxes.open(newest)
    assert alice("write-back", {"mail": newest, "kind": "away"}).status_code == 422
    assert alice("write-back", {"mail": "x", "kind": "away"}).status_code == 404


def test_a_mail_is_shown_with_its_head(alice, site, settings):
    inboxes = Inboxes.of(settings)
    text = inboxes.put(CAROL, b"Subject: A <b>\r\nFrom: x@y.test\r\n\r\n<i>hi</i>")
    html = inboxes.put(CAROL, b"Content-Type: text/html\r\n\r\n<i>hi</i>")

    found = alice(f"mail/{text}").json

    assert found["address"] == CAROL
    assert dict(found["headers"])["Subject"] == "A <b>"
    assert found["text"] == "<i>hi</i>"
    assert alice(f"mail/{html}").json["text"] is None
