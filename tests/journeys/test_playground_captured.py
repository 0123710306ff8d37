"""Two organisations in the playground, synced end to end, while its Google has a bad day.

As `make run` starts it: the demo's rep connects her mailbox at the playground's Google, writes to a
customer of another organisation, who opens, answers and invites; the customer's page tells it all.
And its admin tries the connection to the end.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from backend import clock
from backend.access import totp
from tests.installation import Installation
from tests.waiting import free_port, wait_until

SUBJECT = "Our offer for the cold-chain sensors"
ADMIN = "admin@demo.telltale.test"
REP = "rep@demo.telltale.test"
SYNC_MS = 60_000  # a failed call is tried again after some seconds


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    variables = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
    made = Installation(tmp_path_factory.mktemp("captured"), variables)
    with made.serving("--demo"):
        yield made


@pytest.fixture
def url(installation):
    return f"http://127.0.0.1:{installation.port}"


@pytest.fixture
def rep(installation, page: Page):
    page.goto(installation.signin_link)
    return page


def connect(page, url):
    page.goto(f"{url}/console/mailboxes")
    page.get_by_role("button", name="Continue to Google").click()
    expect(page.get_by_role("heading", name="The playground\u2019s Google")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_contain_text("Connected")


@pytest.mark.req("R42", "R46", "R48", "R52", "R59")
def test_a_customer_s_page_tells_the_tracked_mail_its_opens_the_answer_and_the_meeting(
    installation, rep, url
):
    connect(rep, url)
    rep.goto(f"{url}/playground")
    trouble = rep.get_by_role("button", name="Let Google fail")
    trouble.click()
    expect(trouble).to_have_attribute("aria-pressed", "true")

    rep.get_by_role("button", name="Send").click()
    rep.locator("[data-reader=outlook_windows] .be").click()
    expect(rep.locator(".happened")).to_contain_text("Likely opened")
    for what, told in (("An answer", "is on its way to you"), ("An invitation", "for tomorrow")):
        rep.get_by_role("button", name=what).click()
        expect(rep.get_by_role("tabpanel").get_by_role("status")).to_contain_text(told)

    trouble.click()
    expect(rep.locator("aside").get_by_text("Replied", exact=True)).to_be_visible(timeout=SYNC_MS)
    rep.goto(f"{url}/console/people?q=Carol")
    rep.get_by_role("link", name="Carol Castillo").first.click()
    meeting = rep.locator("main").get_by_text(f"About: {SUBJECT}").first
    wait_until(lambda: meeting.is_visible() or not rep.reload(), SYNC_MS / 1000, "the meeting")
    for told in (SUBJECT, "Opened", "Replied", f"About: {SUBJECT}"):
        expect(rep.locator("main")).to_contain_text(told)

    counted = installation.told("reconcile", REP)
    assert re.fullmatch(rf"{REP}: 3 checked, 0 missing, 0 repaired.", counted), counted


@pytest.mark.req("R79")
def test_an_admin_tries_the_whole_connection_with_a_mail_that_goes_the_whole_way(
    installation, page, url
):
    page.goto(installation.told("signin-link", ADMIN).split()[-1])
    page.goto(f"{url}/console/account/factor")
    secret = re.search(r"[A-Z2-7 ]{32,}", page.locator("main").inner_text())
    assert secret is not None
    code = totp.code_at(secret[0].replace(" ", ""), totp.step_of(clock.wall()))
    page.get_by_label("Six digits from the app").fill(code)
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("link", name="I have kept them").click()

    page.goto(f"{url}/console/admin/connections/google")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("status")).to_contain_text("knows this client")
    page.get_by_role("button", name="Try it at Google").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_contain_text("The mailbox answered")
    page.get_by_role("button", name="Test the whole loop").click()
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("See both in the Feed")).to_be_visible()
    expect(page.get_by_role("link", name="To the last step")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Failed")
