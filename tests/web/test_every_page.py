"""Rules for every page there is: looking changes nothing, nothing runs but our own files, which are
few and small, and what strangers wrote is text.
"""

import gzip
import html
import re
from datetime import timedelta
from email.headerregistry import Address
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.models.access import BY_SHELL, Scope, issue_token, name_session, open_session_of
from backend.models.loop_tests import LoopTest
from backend.models.mail import EmailMessage
from backend.models.mailboxes import Connection, Mailbox
from backend.tracking.facts import Kind
from backend.tracking.policy import policy_of
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.screens import BUDGET_BYTES, signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, CHROME, DANA, NOON, hit, record

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


# Closes an attribute and an element, brings an element and a script, and is a template's sum.
HOSTILE = (
    "\"'></a></title><b data-hacked>strangers{{7*7}}</b>"
    "<script data-hacked>window.hacked=1</script><img data-hacked src=x onerror=window.hacked=1>"
)


class Shown(HTMLParser):
    """What a browser makes of a page: its text, the fields' too, and a stranger's elements."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.text, self.elements = "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.text += told.get("value") or ""
        if "data-hacked" in told or any(name.startswith("on") for name in told):
            self.elements.append(tag)

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def strangers(world, ids):
    """A hostile string in every field that somebody else fills; the ids with those it lies in."""
    carol = world.people["carol"]
    carol.name = carol.company = HOSTILE
    carol.custom = {HOSTILE[:90]: HOSTILE}
    carol.save()
    world.users["bob"].name = HOSTILE
    world.users["bob"].save()
    link = html.escape(f"https://example.com/?{HOSTILE.replace('{{7*7}}', '')}")  # no placeholder
    sent_at = clock.now() - timedelta(hours=2)
    mail = world.send(
        CAROL,
        at=sent_at,
        subject=HOSTILE,
        html=f'<p><a href="{link}">{html.escape(HOSTILE)}</a></p>',
    )
    after = (sent_at - NOON).total_seconds()
    reader, browser = (f"{agent} {HOSTILE}" for agent in ("Thunderbird/128.0", CHROME))
    record(
        hit(world.open_token(mail), after=after + 300, user_agent=reader),
        hit(world.click_token(mail), Kind.CLICK, after=after + 900, user_agent=browser),
    )
    # Beyond ASCII, since the standard library drops the quotes of long names that are not.
    sender = str(Address(f"Jörg {HOSTILE}", addr_spec=CAROL))
    Taking()(mailbox_of(world.alice), letter(sender, OURS, HOSTILE))
    issue_token(world.alice, Scope.READ, HOSTILE[:100])
    name_session(open_session_of(world.alice, BY_SHELL), HOSTILE)
    message = EmailMessage.get(EmailMessage.direction == "received")
    return ids | {"stamp_id": mail.id, "message_id": message.id}


@pytest.mark.parametrize("who", ["ada", "alice"])
def test_what_strangers_wrote_is_text_on_every_page(app, client, world, strangers, who):
    browser = browser_of(app, world.users[who])
    carol = f"/console/people/{world.people['carol'].id}"
    asked = ["/console/search?q=strangers", f"{carol}/merge?q=strangers"]
    telling = set()

    for path in addresses(app, strangers) + asked:
        answer = browser.get(path)
        if not answer.content_type.startswith("text/html") or path.endswith("/body"):
            continue
        shown = Shown(answer.text)
        assert shown.elements == [], path
        assert "strangers49" not in shown.text, path
        if "<b data-hacked>strangers{{7*7}}</b>" in shown.text:
            telling.add(path)

    assert telling >= {"/console/people", carol, f"{carol}/edit", asked[1]}
    if who == "alice":
        mail = f"/console/mail/{strangers['stamp_id']}"
        message = f"/console/messages/{strangers['message_id']}"
        assert telling >= {"/console/sent", mail, message, "/console/preferences", asked[0]}


def broken_in(page):
    """How many elements a stranger made of the open page, and what his script left there."""
    return page.locator("[data-hacked]").count(), page.evaluate("window.hacked")


def test_what_strangers_wrote_is_text_where_scripts_write(site, rep, world, strangers):
    carol = world.people["carol"].id
    for path in ("feed?include_automatic=true", f"mail/{strangers['stamp_id']}"):
        rep.goto(f"{site}/console/{path}")
        expect(rep.locator("li.engagement").first).to_be_visible()
        for why in rep.get_by_text("Why?").all():
            why.click()
        expect(rep.get_by_text("https://example.com/?\"'></a>").first).to_be_visible()
        expect(rep.get_by_text("<b data-hacked>strangers{{7*7}}</b>").first).to_be_visible()
        assert broken_in(rep) == (0, None), path
    for path in ("sent", "people", f"people/{carol}", "search?q=strangers", "preferences"):
        rep.goto(f"{site}/console/{path}")
        expect(rep.get_by_role("main")).to_contain_text("<b data-hacked>strangers{{7*7}}</b>")
        assert broken_in(rep) == (0, None), path


LOADED = re.compile(r'(?:src|href)="(/[^"]+\.(?:js|css))"')
IMPORTED = re.compile(r'^(?:import|export|\})[^;"]*"(\.[^"]+\.js)";', re.MULTILINE)


@pytest.mark.parametrize("who", ["ada", "alice"])
def test_every_page_is_light(app, client, world, ids, who):
    browser = browser_of(app, world.users[who])
    files = {}

    def loaded(address):
        if address not in files:
            answer = browser.get(address)
            assert answer.status_code == 200, address
            more = {urljoin(address, each) for each in IMPORTED.findall(answer.text)}
            files[address] = (len(gzip.compress(answer.data)), more)
        return files[address]

    def weight_of(page):
        waiting, seen = set(LOADED.findall(page)), set()
        while waiting:
            address = waiting.pop()
            seen.add(address)
            waiting |= loaded(address)[1] - seen
        return sum(files[address][0] for address in seen)

    weights = {
        path: weight_of(answer.text)
        for path in [*addresses(app, ids), "/console/search?q=offer"]
        if (answer := browser.get(path)).content_type.startswith("text/html")
    }

    assert weights["/console/feed"] > weights["/console/sent"] > 0
    assert {path: size for path, size in weights.items() if size > BUDGET_BYTES} == {}


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
