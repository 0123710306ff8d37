"""Rules for every page there is: looking changes nothing, and nothing runs but our own files."""

import re

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.models.loop_tests import LoopTest
from backend.models.mailboxes import Connection, Mailbox
from backend.tracking.policy import policy_of
from tests.capture.letters import mailbox_of
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import DANA

# Pages of others' making, or files; what they may run is tested where they are made.
APART = ("/playground", "/addin", "/static", "/gmail")
# Being seen is noted there, by design: it says when a token or a session was used last.
SEEN = {"api_token", "session"}
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def ids(world):
    """Something there is for every kind of id that an address may hold."""
    ada = world.users["ada"]
    stamped = world.send()
    connection = Connection.create(
        org_id=ada.org_id, provider="google", method="user_consent", state="ready", client_id="us"
    )
    test = LoopTest.create(
        org_id=ada.org_id, connection_id=connection.id, user_id=ada.id, address=ada.email,
        language="en",
    )  # fmt: skip
    return {
        "stamp_id": stamped.id,
        "user_id": world.alice.id,
        "test_id": test.id,
        "mailbox_id": mailbox_of(ada).id,
        "person_id": world.people["carol"].id,
        "provider": "google",
    }


def addresses(app, ids):
    """Every address that can be looked at."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and not rule.rule.startswith(APART):
                values = {name: ids.get(name, NOBODY) for name in rule.arguments}
                found.append(app.url_for(rule.endpoint, **values))
    return sorted(set(found))


def everything(app):
    """All rows of all tables but those in which being seen is noted."""
    return {
        name: sorted(map(repr, db.rows(f'SELECT * FROM "{name}"')))
        for name in db.database.get_tables()
        if name not in SEEN
    }


@pytest.mark.parametrize("who", ["ada", "alice"])
def test_looking_changes_nothing_and_every_page_keeps_to_the_strict_policy(
    app, client, world, ids, who
):
    browser = browser_of(app, world.users[who])
    before = everything(app)
    pages = 0

    for path in addresses(app, ids):
        answer = browser.get(path)
        assert answer.status_code < 500 or answer.status_code == 503, path
        if not answer.content_type.startswith("text/html"):
            continue
        pages += 1
        policy = answer.headers["Content-Security-Policy"]
        if policy.endswith("; sandbox"):  # how a mail looks, in a frame in which nothing runs
            assert policy.startswith("default-src 'none';"), path
            assert "script-src" not in policy, path
            continue
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", answer.text), path
        assert re.findall(r"<script(?![^>]*\ssrc=)", answer.text) == [], path

    assert pages > 30
    assert everything(app) == before


@pytest.fixture
def plain(browser):
    """A page of a browser whose scripts are off."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


def test_the_admins_forms_work_without_a_script(site, plain, world):
    ada = world.users["ada"]
    later = clock.now().replace(year=2040)
    waiting = mailbox_of(world.alice, state="delayed", next_sync_at=later)
    signed_in(plain, site, ada)

    plain.goto(f"{site}/console/admin/policy")
    plain.get_by_label("Ask first").check()
    plain.get_by_label("Address of a recipient").fill(DANA)
    plain.get_by_role("button", name="Try it").click()
    expect(plain.get_by_role("status")).to_contain_text("Do Not Track")
    plain.get_by_role("button", name="Save the policy").click()
    expect(plain.get_by_role("status")).to_contain_text("Saved")
    plain.goto(f"{site}/console/admin/health")
    plain.get_by_role("button", name="Try again now").click()
    expect(plain.get_by_role("status")).to_contain_text("tried again")
    plain.goto(f"{site}/console/admin/people")
    plain.get_by_label("E-mail address").fill("nora@ours.test")
    plain.get_by_role("button", name="Invite", exact=True).click()
    expect(plain.get_by_role("heading", name="Link to set a password")).to_be_visible()

    assert policy_of(ada.org_id).preset == "strict"
    assert Mailbox.get_by_id(waiting.id).next_sync_at < later
