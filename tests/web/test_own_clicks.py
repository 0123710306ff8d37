"""The mark by which a user's own clicks are told apart: where it can be set, and where never."""

import re

import pytest

from backend.models.access import issue_signin_link
from backend.settings import Settings
from backend.tracking import selfcookie
from backend.tracking.policy import Policy
from backend.web.own_clicks import Place, places_of
from tests.world import SECRET


def settings(console, tracking, **changes):
    values = {"public_url": console, "tracking_url": tracking, "playground": False} | changes
    return Settings(secret=SECRET, **values)


@pytest.mark.req("R23")
@pytest.mark.parametrize(
    ("why", "console", "tracking", "expected"),
    [
        (
            "one domain",
            "https://telltale.example.com",
            "https://links.example.com",
            Place("example.com", is_secure=True),
        ),
        (
            "one domain below a public suffix of two labels",
            "https://telltale.example.co.uk",
            "https://links.example.co.uk",
            Place("example.co.uk", is_secure=True),
        ),
        (
            "one host, two ports",
            "http://telltale.example.com:8000",
            "http://telltale.example.com:8001",
            Place(None, is_secure=False),
        ),
        ("two domains", "https://telltale.example.com", "https://links.example.net", None),
        ("a suffix that everybody shares", "https://a.co.uk", "https://b.co.uk", None),
        ("addresses", "http://10.0.0.1", "http://10.0.0.2", None),
    ],
)
def test_it_is_set_only_where_it_reaches_the_tracking_host(why, console, tracking, expected):
    found = places_of(settings(console, tracking), Policy())

    assert found == ({expected} if expected else set()), why


def test_it_is_set_for_an_organisations_own_host_too():
    named = settings("https://telltale.example.com", "https://links.example.net")
    own = Policy(tracking_url="https://mail.example.com")

    assert places_of(named, own) == {Place("example.com", is_secure=True)}


def test_it_is_never_set_where_one_browser_plays_everybody():
    shared = "https://telltale.example.com"

    assert places_of(settings(shared, shared, playground=True), Policy()) == set()


def marks(response):
    return [line for line in response.headers.getlist("Set-Cookie") if selfcookie.COOKIE in line]


@pytest.fixture
def client(client):
    app = client.application
    before = app.config["SETTINGS"]
    places = {"public_url": "http://a.example.com", "tracking_url": "http://b.example.com"}
    app.config["SETTINGS"] = before.model_copy(update=places | {"playground": False})
    yield client
    app.config["SETTINGS"] = before


def test_signing_in_marks_the_browser_for_clicks_alone(world, client):
    (mark,) = marks(client.get(f"/signin/{issue_signin_link(world.alice)}"))

    value = mark.partition("=")[2].partition(";")[0]
    key = selfcookie.key_of(SECRET)
    assert selfcookie.read(key, value, world.alice.created_at) == world.alice.id
    assert {"Domain=example.com", "Path=/c/", "HttpOnly", "SameSite=Lax"} <= set(mark.split("; "))


def test_a_stale_link_marks_nobody(client):
    assert marks(client.get("/signin/nothing")) == []


def test_signing_out_takes_the_mark_back(world, client):
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    page = client.get("/console/feed").text
    csrf = re.search(r'name="csrf_token" value="(\w+)"', page)[1]

    (mark,) = marks(client.post("/signout", data={"csrf_token": csrf}))

    assert mark.startswith(f"{selfcookie.COOKIE}=;")
    assert "Path=/c/" in mark
