"""The health page: each thing that is wrong with the way to mend it."""

from datetime import timedelta

import pytest

from backend import clock
from backend.models.mailboxes import Connection, Mailbox
from tests.screens import signed_in
from tests.web.browsing import browser_of

PAGE = "/console/admin/health"


@pytest.fixture(scope="module")
def database_url():
    return ""


def broken(world):
    org_id = world.alice.org_id
    Connection.create(org_id=org_id, provider="google", method="user_consent", state="faulty",
                      reason="secret")  # fmt: skip
    for name, state in (("alice", "needs_reauth"), ("bob", "active"), ("mika", "needs_admin")):
        Mailbox.create(
            org_id=org_id, user_id=world.users[name].id, provider="google", reason="invalid_grant",
            address=f"{name}@ours.test", state=state, since=clock.now() - timedelta(hours=2),
        )  # fmt: skip


def test_what_is_wrong_is_told_with_its_mending(app, client, world):
    broken(world)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "1 mailbox is behind" in page
    assert "connect it again" in page
    assert "<code>invalid_grant</code>" in page
    assert 'href="/console/admin/connections/google"' in page
    assert "A provider refused the last test" in page
    assert "not stated yet where recipients are told" in page


def test_nothing_wrong_is_said_too(app, client, world):
    world.set_policy(notice="block")

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "No mailbox is connected" in page
    assert "not stated yet" not in page


def test_every_look_of_it_can_be_used(site, page, world, eyes):
    broken(world)
    world.send(at=clock.now())
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")

    assert eyes.faults(page, "admin-health", (320, 1280)) == []
