"""What all pages share: the reader's zone, the frame around them, errors as pages."""

from datetime import timedelta

import pytest

from backend import clock
from backend.models.access import issue_signin_link
from backend.models.org import User
from backend.web import reader
from backend.web.screens import Place
from tests.world import CAROL, NOON, hit, record


@pytest.fixture
def yesterday_in_auckland(world):
    """A mail opened a few minutes ago, as its page tells it."""
    sent_at = clock.now() - timedelta(minutes=10)
    stamped = world.send(CAROL, at=sent_at)
    record(hit(world.open_token(stamped), after=(sent_at - NOON).total_seconds() + 60))
    return stamped


@pytest.mark.parametrize(
    ("why", "cookie", "stored", "shown"),
    [
        ("the browser's", "Pacific/Auckland", "UTC", "Pacific/Auckland"),
        ("the user's, before a script ran", "", "Asia/Tokyo", "Asia/Tokyo"),
        ("the user's, where the cookie lies", "../etc/passwd", "Asia/Tokyo", "Asia/Tokyo"),
        ("nobody said one", "", "", "UTC"),
    ],
)
def test_times_are_told_in_the_readers_zone(
    why, cookie, stored, shown, client, world, as_alice, yesterday_in_auckland
):
    User.update(time_zone=stored).where(User.id == world.alice.id).execute()
    if cookie:
        client.set_cookie(reader.ZONE_COOKIE, cookie)

    sent = client.get("/console/sent", headers=as_alice).text

    assert f' {shown}"' in sent, why


def test_the_frame_leads_to_every_page_of_the_signed_in(client, world):
    public = client.get("/signin").text
    client.get(f"/signin/{issue_signin_link(world.alice)}")
    private = client.get("/console/sent").text

    assert "Sign out" not in public
    assert 'href="/console/sent" aria-current="page"' in private
    assert world.alice.email in private
    assert "/playground" not in private  # it is switched off here


def test_an_error_of_ours_is_a_page(client, as_alice):
    response = client.get(f"/console/mail/{clock.new_id()}", headers=as_alice)

    assert response.status_code == 404
    assert response.content_type.startswith("text/html")
    assert "<h1>Not found</h1>" in response.text


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/console/sent", True),
        ("/console/sent/x", True),
        ("/console/mail/x", True),
        ("/console/sentences", False),
        ("/console/feed", False),
        ("/", False),
    ],
)
def test_a_place_holds_its_own_pages(path, holds):
    assert Place("/console/sent", "shell.sent", "sent", also="/console/mail").holds(path) is holds


@pytest.mark.parametrize(
    ("why", "form", "status", "location"),
    [
        ("back to the page", {"theme": "dark", "back": "/console/sent"}, 303, "/console/sent"),
        ("to the start", {"theme": "light"}, 303, "/"),
        ("another site", {"theme": "dark", "back": "//evil.test"}, 422, None),
        ("another site, backwards", {"theme": "dark", "back": "/\\evil.test"}, 422, None),
        ("no path", {"theme": "dark", "back": "https://evil.test/"}, 422, None),
        ("no theme", {"theme": "pink"}, 422, None),
    ],
)
def test_the_theme_is_stored_and_leads_back_to_our_own_pages_only(
    client, world, as_alice, why, form, status, location
):
    answer = client.post("/console/theme", headers=as_alice, data=form)

    assert (answer.status_code, answer.location) == (status, location), why


def test_german_pages_have_german_frames(client, world, as_alice):
    page = client.get("/console/sent", headers=as_alice | {"Accept-Language": "de"}).text

    assert "Gesendet" in page
    assert "Abmelden" in page
    assert "data-theme" not in page
