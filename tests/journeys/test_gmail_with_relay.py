"""Gmail's window with the relay on: track, close the panel, send; who of three opened and clicked.

The demo's organisation has its relay give every recipient a copy of her own.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.test_gmail_window import REP, panel
from tests.waiting import free_port, wait_until

THREE = ("carol@northwind.test", "nils@northwind.test", "leo@martin.test")


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    ports = {
        "PLAYGROUND": "true",
        "SMTP_PORT": str(free_port()),
        "RELAY_PORT": str(free_port()),
        "RELAY_HEALTH_PORT": str(free_port()),
    }
    made = Installation(tmp_path_factory.mktemp("relay"), ports)
    with made.serving("--demo", "--relay"):
        yield made


@pytest.fixture
def window(page, installation):
    """Gmail's window, in which the rep is signed in and has linked her account.

    The page that links it is closed when she is in the draft's card already: that card stays.
    """
    page.clock.install()
    page.goto(installation.told("signin-link", REP))
    page.goto(f"http://127.0.0.1:{installation.port}/playground/gmail")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Link my account").click()
    opened.value.get_by_role("button", name="Link this account").click()
    opened.value.get_by_role("heading", name="The account is linked").wait_for()
    page.get_by_role("region", name="New message").get_by_role("button", name="Telltale").click()
    switch = panel(page).get_by_role("switch", name="Track opens").element_handle()
    opened.value.close()
    page.clock.fast_forward(1000)  # past the window's next look at the page it has opened
    expect(panel(page).locator("[aria-busy=false]")).to_be_visible()
    assert switch.evaluate("it => it.isConnected")
    return page


def track(window, draft):
    """Switch opens and links on, close the panel, minimise the draft and come back to it."""
    draft.get_by_role("button", name="Telltale").click()
    panel(window).get_by_role("switch", name="Track opens").click()
    expect(panel(window)).to_contain_text("Tracking is on")
    panel(window).get_by_role("switch", name="Track links").click()
    expect(panel(window).locator("[aria-busy=false]")).to_be_visible()  # she waits for the answer
    expect(panel(window).get_by_role("switch", name="Track links")).to_be_checked()
    window.get_by_role("button", name="Side panel").click()
    for _ in range(2):
        draft.get_by_role("button", name="Minimise").click()


def turn_to(window, name):
    """Open her copy of the mail; until it is shown, one would be who had the one before."""
    window.get_by_role("button", name=name).click()
    mail = window.evaluate("new URLSearchParams(location.search).get('mail')")
    shown = window.locator(".letter iframe")
    expect(shown).to_have_attribute("src", f"/playground/mail/{mail}/body")


def feed_with(window, text):
    """The Feed card, once it says this."""
    window.get_by_role("tab", name="Gmail").click()
    window.get_by_role("button", name="Side panel").click()
    panel(window).get_by_role("button", name="Feed", exact=True).click()

    def told():
        panel(window).get_by_role("button", name="Refresh").click()
        expect(panel(window).locator("[aria-busy=false]")).to_be_visible()
        found = panel(window).inner_text()
        return found if text in found else ""

    return wait_until(told, 30, "the click in the Feed card")


@pytest.mark.req("R2", "R12", "R25", "R33")
def test_a_mail_to_three_tells_who_opened_and_who_clicked(window, console_errors):
    draft = window.get_by_role("region", name="New message")
    draft.get_by_label("To", exact=True).fill(", ".join(THREE))
    track(window, draft)
    body = draft.get_by_role("textbox", name="Message body").inner_html()
    assert re.search(r"/m/\w{32}\.gif", body)
    assert "/o/" not in body
    window.get_by_label("Undo Send for").select_option("0")
    draft.get_by_role("button", name="Send", exact=True).click()

    window.locator('[data-reader^="gmail"] .be').first.click()
    expect(window.get_by_text("Likely opened").first).to_be_visible()
    turn_to(window, "Nils Berg")
    window.locator('[data-reader^="gmail"]').first.get_by_text("Click a link").click()

    lines = feed_with(window, "Clicked “Our offer”").splitlines()
    assert lines[lines.index("Clicked “Our offer” · Your offer") - 1].endswith("Nils Berg")
    assert lines[lines.index("Likely opened · Your offer") - 1].endswith("Carol Castillo")
    assert not [line for line in lines if "waits" in line]
    own = window.get_by_role("region", name="Your mail").get_by_role("button", name="Sent Your")
    own.first.click()
    expect(panel(window).get_by_role("heading", name="Your offer")).to_be_visible()
    expect(panel(window)).to_contain_text("Clicked “Our offer”")
    console_errors.clear()  # the mail's frame refuses its picture, which the browser says aloud
