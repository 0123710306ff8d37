"""Whoever goes by the keyboard sees where she is: nothing that stays in view covers the focus."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from tests.screens import covered, signed_in
from tests.world import CAROL, NOON, hit, record


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def carol(world):
    """A person with mail on several days, which was opened."""
    for day in range(4):
        sent_at = clock.now() - timedelta(days=day, hours=2)
        for number in range(4):
            mail = world.send(CAROL, at=sent_at, subject=f"Offer {day} {number}")
            opened_at = sent_at + timedelta(minutes=9 + number)
            record(hit(world.open_token(mail), after=(opened_at - NOON).total_seconds()))
    return world.people["carol"].id


ADMINS = ("people", "connections/microsoft", "policy", "exclusions", "senders", "audit")
PATHS = ("feed", "sent", "people", "people/{carol}", "preferences", "search?q=offer", "account")


def test_what_has_the_focus_is_seen_on_the_way_down_and_up(site, rep, carol):
    rep.set_viewport_size({"width": 320, "height": 480})
    hidden = {}
    for path in PATHS:
        rep.goto(f"{site}/console/{path.format(carol=carol)}")
        if path == "feed":
            expect(rep.locator("li.engagement").first).to_be_visible()
        for key in ("Tab", "Shift+Tab"):
            if found := covered(rep, key):
                hidden[path, key] = found

    assert hidden == {}


def test_on_an_admins_pages_too(site, page, world):
    signed_in(page, site, world.users["ada"])
    page.set_viewport_size({"width": 320, "height": 480})
    hidden = {}
    for path in ADMINS:
        page.goto(f"{site}/console/admin/{path}")
        if found := covered(page, "Tab") + covered(page, "Shift+Tab"):
            hidden[path] = found

    assert hidden == {}
