"""A rep's first minutes: sign in, write a mail, open it as its reader, and see it explained."""

import re
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend import clock
from playground import letters
from playground.inboxes import Inboxes
from tests.browser import TIMEOUT_MS
from tests.installation import Installation
from tests.screens import violations
from tests.waiting import free_port, wait_until
from tests.world import APPLE_MPP, CHROME, GMAIL_PROXY

CAROL, NILS, PRIYA = "carol@northwind.test", "nils@northwind.test", "priya@harbour.test"
SUBJECT = "The offer we talked about"


@dataclass
class Site:
    """A running installation, a rep signed in at it, and the pages she has seen."""

    installation: Installation
    page: Page

    @property
    def url(self):
        return f"http://127.0.0.1:{self.installation.port}"

    @property
    def inboxes(self):
        return Inboxes(self.installation.data_dir / "playground")

    def letter(self, address):
        (mail_id,) = self.inboxes.mails(address)
        return letters.parse(self.inboxes.open(mail_id))


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    ports = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
    made = Installation(tmp_path_factory.mktemp("demo"), ports)
    with made.serving("--demo"):
        yield made


@pytest.fixture(scope="module")
def rep(installation: Installation, browser: Browser):
    """A browser in which the printed link was followed."""
    context = browser.new_context(
        locale="en-GB", timezone_id="Europe/Berlin", user_agent=CHROME, bypass_csp=True
    )
    context.set_default_timeout(TIMEOUT_MS)
    opened = context.new_page()
    opened.goto(installation.signin_link)
    yield Site(installation, opened)
    context.close()


@pytest.fixture(scope="module")
def sent(rep: Site):
    """The mail that the rep wrote in the playground and sent."""
    rep.page.get_by_label("To", exact=True).fill(f"Carol <{CAROL}>, {NILS}, {PRIYA}")
    rep.page.get_by_label("Subject").fill(SUBJECT)
    rep.page.get_by_role("button", name="Send").click()
    expect(rep.page.get_by_role("heading", name=SUBJECT)).to_be_visible()
    return rep


@pytest.fixture(scope="module")
def read_by_carol(sent: Site):
    """Carol opened the mail in her inbox and followed its first link."""
    sent.page.get_by_role("button", name="Outlook for Windows A person").click()
    expect(sent.page.locator(".happened")).to_contain_text("Likely opened")
    frame = sent.page.frame_locator("iframe")
    with sent.page.context.expect_page() as arrived:
        frame.get_by_role("link", name="Our price list").click()
    expect(arrived.value.get_by_role("heading", name="The price list")).to_be_visible()
    arrived.value.close()
    return sent


@pytest.fixture(scope="module")
def read_by_all(read_by_carol: Site):
    """The other two were only loaded by machines of their mail services."""
    for address, agent in ((NILS, APPLE_MPP), (PRIYA, GMAIL_PROXY)):
        pixel = re.search(r'src="(http://[^"]+/o/[^"]+)"', read_by_carol.letter(address).html or "")
        assert pixel is not None
        fetch(pixel[1], agent)
    return read_by_carol


def fetch(url, user_agent):
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path, headers={"User-Agent": user_agent})
    with connection.getresponse() as answer:
        assert answer.status == 200
        answer.read()
    connection.close()


def rows_of(site: Site, path: str, count: int, text: str = ""):
    """The rows of a page, once there are so many with that text."""

    def are_there():
        site.page.goto(site.url + path, wait_until="networkidle")
        return site.page.locator("li.row", has_text=text).count() >= count

    wait_until(are_there, 30, f"{count} rows at {path}")
    return site.page.locator("li.row")


@pytest.mark.req("R1", "R12", "R37")
def test_the_feed_explains_an_open_and_a_click(read_by_carol):
    row = rows_of(read_by_carol, "/console/feed", 1, "same visit").first

    expect(row).to_contain_text("Carol Castillo")
    expect(row).to_contain_text("Clicked “Our price list”")
    expect(row).to_contain_text("opened in the same visit")
    row.get_by_text("Why?").press("Enter")
    expect(row.get_by_role("listitem").first).to_be_visible()
    expect(row).to_contain_text("Taken for")


@pytest.mark.req("R20", "R21")
def test_what_machines_loaded_stands_apart(read_by_all):
    rows = rows_of(read_by_all, "/console/feed?include_automatic=true", 3)
    of_nils, of_priya = rows.filter(has_text="Nils Berg"), rows.filter(has_text="Priya Raman")

    expect(of_nils).to_contain_text("Loaded automatically")
    expect(of_priya).to_contain_text("opened")
    expect(of_priya).to_contain_text("Gmail (device hidden)")
    read_by_all.page.goto(f"{read_by_all.url}/console/feed")
    expect(rows.filter(has_text="Nils Berg")).to_have_count(0)


@pytest.mark.req("R16", "R24", "R33")
def test_the_mails_page_counts_what_a_person_did(read_by_all):
    rows_of(read_by_all, "/console/feed?include_automatic=true", 3)
    page = read_by_all.page

    page.goto(f"{read_by_all.url}/console/sent")
    page.get_by_role("link", name=SUBJECT).click()

    expect(page.locator(".tiles > div").filter(has_text="Clicks")).to_have_text(
        re.compile(r"1\s*$")
    )
    expect(page.locator("li.row").filter(has_text=CAROL)).to_contain_text("Clicked")
    expect(page.locator("li.row").filter(has_text=NILS)).to_contain_text("No signal yet")
    expect(page.locator("li.row").filter(has_text="Our price list").first).to_contain_text(
        "1 click"
    )


def test_times_are_told_in_the_zone_of_the_browser(read_by_carol):
    row = rows_of(read_by_carol, "/console/feed", 1).first

    expect(row.locator("time")).to_have_attribute("title", re.compile("Europe/Berlin$"))


def test_a_mails_body_runs_no_script_and_reaches_nothing_of_ours(sent):
    answered = sent.page.request.post(
        f"{sent.url}/playground/send",
        data={"to": "eve@x.test", "body": "<p id=p>x</p><script>p.textContent='ran'</script>"},
        headers={"Origin": sent.url, "X-CSRF-Token": csrf(sent)},
    )
    (mail_id,) = sent.inboxes.mails("eve@x.test")

    sent.page.goto(f"{sent.url}/playground?mail={mail_id}")

    assert answered.ok
    expect(sent.page.frame_locator("iframe").locator("#p")).to_have_text("x")
    frame = sent.page.frames[1]
    assert frame.evaluate("self.origin") == "null"


def csrf(site: Site):
    site.page.goto(f"{site.url}/playground")
    return site.page.locator('meta[name="csrf-token"]').get_attribute("content")


LOOKS = (
    ("a phone", 320, {"color_scheme": "light"}),
    ("at night", 320, {"color_scheme": "dark"}),
    ("high contrast", 320, {"forced_colors": "active"}),
    ("a desk", 1280, {"color_scheme": "light"}),
)


@pytest.mark.parametrize(("why", "width", "options"), LOOKS, ids=[look[0] for look in LOOKS])
def test_every_page_is_accessible(read_by_all, browser, why, width, options):
    rows_of(read_by_all, "/console/feed?include_automatic=true", 3)
    context = browser.new_context(
        storage_state=read_by_all.page.context.storage_state(),
        viewport={"width": width, "height": 800},
        bypass_csp=True,
        **options,
    )
    try:
        found = {
            path: faults(context, read_by_all.url + path, width) for path in paths(read_by_all)
        }
    finally:
        context.close()

    assert {path: told for path, told in found.items() if told} == {}, why


def test_the_docs_of_the_api_are_accessible(rep, browser):
    context = browser.new_context(viewport={"width": 320, "height": 800}, bypass_csp=True)
    try:
        found = faults(context, f"{rep.url}/api/docs", 320)
    finally:
        context.close()

    assert found == []


def paths(site: Site):
    """Each kind of page, full and empty."""
    (mail_id,) = site.inboxes.mails(CAROL)
    site.page.goto(f"{site.url}/console/sent")
    history = site.page.get_by_role("link", name=SUBJECT).first.get_attribute("href")
    return [
        "/console/feed?include_automatic=true",
        "/console/feed?kind=bounce",
        "/console/sent",
        "/console/sent?q=nothing",
        history,
        f"/console/mail/{clock.new_id()}",
        "/playground",
        f"/playground?mail={mail_id}",
        "/playground/page/price-list",
        "/signin",
        "/signin/used",
    ]


def faults(context: BrowserContext, url: str, width: int):
    """What axe-core finds on the page, and whether it scrolls sideways."""
    page = context.new_page()
    page.goto(url)
    # Not by clicks: the account's menu, opened first, may lie over the next.
    page.locator("details").evaluate_all("all => all.slice(0, 2).forEach(it => { it.open = true })")
    told = violations(page)
    if page.evaluate("document.documentElement.scrollWidth") > width:
        told.append("scrolls sideways")
    page.close()
    return told
