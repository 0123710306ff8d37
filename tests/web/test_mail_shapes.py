"""Every answer of the mail routes against the model that the OpenAPI document names for it."""

from datetime import timedelta

import pytest

from backend import clock
from backend.tracking.facts import Kind
from backend.web import mail_shapes
from tests.world import APPLE_MPP, CAROL, DANA, LEO, bearer, hit, record

STAMPS = "/api/v1/stamps"


@pytest.fixture
def mail(world):
    """A mail with everything in it: two recipients, an open, an automatic one, a click."""
    at = clock.now() - timedelta(hours=2)
    stamped = world.send(CAROL, LEO, at=at)
    pixel, link = world.open_token(stamped), world.click_token(stamped)
    for token, kind, changes in (
        (pixel, Kind.OPEN, {}),
        (pixel, Kind.OPEN, {"user_agent": APPLE_MPP, "reader": "two"}),
        (link, Kind.CLICK, {"reader": "three"}),
    ):
        record(hit(token, kind, received_at=at + timedelta(minutes=9), **changes))
    return stamped


def fits(model, answer):
    """Whether the answer has exactly the model's fields, each of its type."""
    return model.model_validate(answer.json, extra="forbid")


@pytest.mark.parametrize(
    ("why", "path", "model"),
    [
        ("the sent list", STAMPS, mail_shapes.MailsOut),
        ("one mail", "{mail}", mail_shapes.OneMailOut),
        ("its history", "{mail}/history", mail_shapes.HistoryOut),
        ("the Feed", "/api/v1/feed?include_automatic=true", mail_shapes.FeedOut),
    ],
)
def test_what_is_read_has_the_documented_shape(client, as_alice, mail, why, path, model):
    answer = client.get(path.format(mail=f"{STAMPS}/{mail.id}"), headers=as_alice)

    assert answer.status_code == 200, why
    fits(model, answer)
    items = answer.json.get("items", [answer.json])
    assert items, why


def test_the_feed_of_that_mail_shows_what_the_models_have(client, as_alice, mail):
    page = fits(
        mail_shapes.FeedOut, client.get("/api/v1/feed?include_automatic=true", headers=as_alice)
    )

    assert {item.kind for item in page.items} == {"open", "click"}
    assert any(item.link for item in page.items)
    assert {item.counted for item in page.items} == {True, False}


DRAFT = {"recipients": [{"address": CAROL}, {"address": DANA}], "subject": "Offer"}
LINKED = '<p>See <a href="https://example.com/a">it</a></p>'


@pytest.mark.parametrize(
    ("why", "draft"),
    [
        ("armed, without a body yet", DRAFT),
        ("with a body", {"recipients": [{"address": CAROL}], "html": LINKED}),
        ("a copy per recipient", DRAFT | {"html": LINKED, "per_recipient": True}),
        ("untracked", DRAFT | {"html": "text", "content_type": "text/plain"}),
        ("nobody yet", {}),
    ],
)
def test_a_stamp_has_the_documented_shape(client, as_alice, why, draft):
    answer = client.post(STAMPS, headers=as_alice, json={"opens": True, "links": True} | draft)

    assert answer.status_code == 201, why
    fits(mail_shapes.StampOut, answer)


def test_what_changes_a_mail_answers_with_the_mail(client, as_alice, mail):
    path = f"{STAMPS}/{mail.id}"

    confirmed = client.put(f"{path}/sent", headers=as_alice, json={})
    stopped = client.delete(path, headers=as_alice)

    assert fits(mail_shapes.MailOut, confirmed).sent_at_source == "sender"
    assert fits(mail_shapes.MailOut, stopped).state == "stopped"


def test_every_answer_but_the_empty_ones_is_described(client):
    document = client.get("/api/openapi.json").json
    schemas = document["components"]["schemas"]
    names = [
        answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status in {"200", "201"} and "text/csv" not in answer["content"]
    ]

    assert len(names) >= 16
    assert [name for name in names if not schemas[name]["properties"]] == []


def test_a_reader_of_another_organisation_sees_the_shape_empty(client, world, mail):
    mallory = bearer(world.users["mallory"])

    assert fits(mail_shapes.FeedOut, client.get("/api/v1/feed", headers=mallory)).items == []
