"""The first minute of a newcomer, from the printed link to the first explained open, in a browser.

On an installation as `make run` starts it. What the page looks like is judged in every size and
theme: nothing there yet, full, and when something fails.
"""

import re
import subprocess
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import TIMEOUT_MS
from tests.holding import answered, gone_on, hold
from tests.installation import Installation
from tests.processes import ROOT
from tests.screens import BUDGET_BYTES, ENDLESS_PATIENCE, weight
from tests.waiting import free_port
from tests.world import CHROME

SUBJECT = "Our offer for the cold-chain sensors"
HOSTILE = "<img src=x onerror=alert(1)><b>bold</b>"
MINUTE_S = 60
LONGEST_NAME = 100  # of a button; a whole page has the focus while nothing has


@dataclass
class Newcomer:
    """A browser in which nothing was ever done, at a running installation."""

    page: Page
    url: str

    def reader(self, name: str):
        """The button of a reader."""
        return self.page.locator(f"[data-reader={name}] .be")

    @property
    def happened(self):
        """The line on what just happened."""
        return self.page.locator(".happened")

    @property
    def feed(self):
        """The rows of the Feed beside the stage."""
        return self.page.locator("aside li.row")

    def send(self, subject: str = SUBJECT, **fields: str):
        """Fill in what differs and send."""
        self.page.goto(f"{self.url}/playground")
        self.page.get_by_label("Subject").fill(subject)
        for label, value in fields.items():
            self.page.get_by_label(label).fill(value)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.get_by_role("heading", name=subject)).to_be_focused()


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    ports = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
    made = Installation(tmp_path_factory.mktemp("first"), ports)
    with made.serving("--demo"):
        yield made


@pytest.fixture(scope="module")
def printed(installation: Installation):
    """The link that the start printed."""
    return installation.signin_link


@pytest.fixture(scope="module")
def arrival(printed, browser: Browser):
    """Where the printed link led, and what a browser keeps of it; the link holds only once."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(printed)
    yield page.url, context.storage_state()
    context.close()


@pytest.fixture(scope="module")
def session(arrival):
    return arrival[1]


@pytest.fixture
def context(session, browser: Browser):
    # Headless Chromium says that it is a machine, and its clicks would be taken for one's.
    fresh = browser.new_context(
        locale="en-GB", timezone_id="UTC", storage_state=session, user_agent=CHROME
    )
    fresh.set_default_timeout(TIMEOUT_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def newcomer(installation, page: Page, context: BrowserContext):
    came = Newcomer(page, f"http://127.0.0.1:{installation.port}")
    page.goto(f"{came.url}/playground")
    return came


def test_the_printed_link_leads_to_the_playground(installation, arrival):
    assert arrival[0] == f"http://127.0.0.1:{installation.port}/playground"


def test_what_the_readme_says_to_programs_stamps_a_mail(installation):
    said = (ROOT / "README.md").read_text()
    lines = re.search(r"(?P<token>TOKEN=.+)\n[\s\S]* -d '(?P<mail>[^']+)'", said)
    assert lines is not None, "the README shows no call"
    shell = subprocess.run(  # its own words, in the folder that it speaks of
        ["bash", "-eu", "-o", "pipefail", "-c", f"{lines['token']}\necho $TOKEN"],
        cwd=ROOT,
        env=installation.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    headers = {
        "Authorization": f"Bearer {shell.stdout.strip()}",
        "Content-Type": "application/json",
    }

    answer = installation.ask("POST", "/api/v1/stamps", lines["mail"].encode(), headers)

    assert answer.status == 201, answer.body
    assert "/c/" in answer.json["html"]
    assert answer.json["pixel_url"] in answer.json["html"]


@pytest.mark.req("R1", "R37")
def test_by_mouse_it_takes_two_clicks_and_no_minute(newcomer):
    began = time.monotonic()

    expect(newcomer.page.get_by_text("A mail is written for you. Press Send.")).to_be_visible()
    newcomer.page.get_by_role("button", name="Send").click()
    newcomer.reader("outlook_windows").click()

    expect(newcomer.happened).to_contain_text("Likely opened")
    expect(newcomer.happened).to_contain_text("Counted")
    expect(newcomer.feed.first).to_contain_text("Carol Castillo")
    expect(newcomer.feed.first).to_contain_text("Likely opened")
    assert time.monotonic() - began < MINUTE_S / 4


def test_by_keyboard_it_is_the_same(newcomer):
    page = newcomer.page

    reached(page, "Send").press("Enter")
    expect(page.get_by_role("heading", name=SUBJECT)).to_be_focused()
    reached(page, "Outlook for Windows").press("Enter")

    expect(newcomer.happened).to_contain_text("Likely opened")
    reached(page, "Got it", back=True).press("Enter")
    expect(page.get_by_text("Got it")).not_to_be_visible()
    page.get_by_role("tab", name="Inboxes").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Write")).to_be_focused()
    expect(page.get_by_label("Subject")).to_be_visible()


def reached(page: Page, name: str, *, back: bool = False):
    """What has the focus, once Tab has brought it to what is called so."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        text, outline = page.evaluate(
            "() => [document.activeElement.textContent,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if name in text and len(text) < LONGEST_NAME:
            assert outline != "none", f"{name} does not show that it has the focus"
            return page.locator(":focus")
    raise AssertionError(f"Tab does not reach {name}")


def test_the_guide_leads_through_three_steps_and_is_shown_once(newcomer):
    page = newcomer.page
    guide = page.get_by_role("region", name="Your first minute")

    expect(guide.locator("[aria-current=step]")).to_contain_text("Send a mail")
    newcomer.send()
    expect(guide.locator("[aria-current=step]")).to_contain_text("Be who opens it")
    newcomer.reader("apple_mail").click()
    expect(guide.locator("[aria-current=step]")).to_contain_text("See it explained")
    page.reload()

    expect(newcomer.reader("apple_mail")).to_be_visible()
    expect(guide).not_to_be_visible()


def test_the_guide_can_be_skipped_for_good(newcomer):
    newcomer.page.get_by_role("button", name="Skip", exact=True).click()
    newcomer.page.reload()

    expect(newcomer.page.get_by_role("button", name="Send")).to_be_visible()
    expect(newcomer.page.get_by_text("Press Send")).not_to_be_visible()


@pytest.mark.req("R20", "R22")
def test_what_the_feed_hides_is_told_as_recognised(newcomer):
    newcomer.send("Swept")
    newcomer.reader("scanner").click()

    expect(newcomer.happened).to_contain_text("Link checked automatically")
    expect(newcomer.happened).to_contain_text("Not counted")
    expect(newcomer.happened).to_contain_text("It came from a network that only filters mail.")
    expect(newcomer.feed.filter(has_text="Swept")).to_have_count(0)


def test_what_is_carried_in_late_is_told_all_the_same(newcomer):
    page, asked = newcomer.page, "**/api/v1/feed?include_automatic=true&*"
    newcomer.send("Late")
    page.route(asked, lambda route: route.fulfill(json={"items": []}))

    newcomer.reader("outlook_windows").click()
    expect(newcomer.happened).to_contain_text("Nothing was stored of it.")
    page.unroute(asked)

    expect(newcomer.happened).to_contain_text("Likely opened")
    expect(newcomer.happened).not_to_contain_text("Nothing was stored of it.")


@pytest.mark.req("R26")
def test_a_forward_and_ones_own_look_are_told(newcomer):
    newcomer.send("To both")
    newcomer.reader("forwarded").click()
    expect(newcomer.happened).to_contain_text("Maybe forwarded")

    newcomer.page.get_by_role("button", name="Your mailbox").click()
    newcomer.reader("own_sent").click()

    expect(newcomer.happened).to_contain_text("You opened")
    expect(newcomer.happened).to_contain_text("Not counted")


@pytest.mark.req("R74", "R1")
def test_what_will_be_measured_of_whom_is_said_before_the_send(newcomer):
    foreseen = newcomer.page.locator("#foreseen li")

    expect(foreseen.filter(has_text="Carol Castillo")).to_contain_text("Opens and links")
    expect(foreseen.filter(has_text="Dana Novak")).to_contain_text("Do Not Track is set")
    newcomer.page.get_by_label("A copy for each").uncheck()
    expect(foreseen.filter(has_text="Carol Castillo")).to_contain_text("Not measured")
    newcomer.page.get_by_role("button", name="Dana Novak").click()
    expect(foreseen).to_have_count(1)
    expect(foreseen).to_contain_text("Opens and links")
    newcomer.page.get_by_label("Links", exact=True).uncheck()
    expect(foreseen.locator(".badge")).to_have_text("Opens")


def test_a_link_clicked_in_the_mail_is_this_browsers_own_click(newcomer):
    newcomer.send("By hand")
    with newcomer.page.expect_response("**/playground/clock"):
        newcomer.page.get_by_role("button", name="+1 hour").click()

    with newcomer.page.context.expect_page() as arrived:
        newcomer.page.frame_locator("iframe").get_by_role("link", name="Our price list").click()

    expect(arrived.value.get_by_role("heading", name="The price list")).to_be_visible()
    arrived.value.close()
    expect(newcomer.feed.filter(has_text="By hand")).to_contain_text("Our price list")


def test_of_two_mails_opened_in_haste_the_last_one_stays(newcomer):
    page = newcomer.page
    subjects = ("Opened first", "Opened last")
    for subject in subjects:
        newcomer.send(subject)
    held = hold(page, "**/playground/mail/*")
    for subject in subjects:
        page.locator(".mails .mail", has_text=subject).click()
    first, last = held.take(), held.take()
    shown = page.locator(".letter h2")

    last.continue_()
    expect(shown).to_have_text("Opened last")
    answered(page, first)
    gone_on(page)

    expect(shown).to_have_text("Opened last")


def test_the_clock_moves_the_installation_and_signs_nobody_out(newcomer):
    page = newcomer.page
    shown = page.locator("time.now")
    newcomer.send("Aging")
    newcomer.reader("outlook_windows").click()
    expect(newcomer.feed.first).to_contain_text("Aging")
    expect(newcomer.feed.first).to_contain_text("just now")
    before = shown.get_attribute("datetime")

    page.get_by_role("button", name="Next morning").click()
    expect(shown).to_contain_text("08:3")
    expect(page.locator(".clock")).to_contain_text("ahead of your own clock")
    morning = shown.get_attribute("datetime")[:10]
    page.get_by_role("button", name="+1 week").click()
    expect(shown).not_to_have_attribute("datetime", re.compile(f"^{morning}"))
    expect(shown).to_contain_text("08:3")
    page.reload()

    expect(newcomer.reader("outlook_windows")).to_be_visible()
    expect(newcomer.feed.first).to_contain_text("Aging")
    expect(newcomer.feed.first).not_to_contain_text("just now")
    expect(page.locator("aside .day > h2").first).not_to_have_text("Today")
    assert shown.get_attribute("datetime") > before


@pytest.mark.req("R85")
def test_what_a_stranger_wrote_is_text_everywhere(newcomer):
    page = newcomer.page
    page.goto(f"{newcomer.url}/playground")
    page.get_by_label("To", exact=True).fill(f'"{HOSTILE}" <eve@x.test>')
    page.get_by_label("Subject").fill(HOSTILE)
    page.locator("#body").evaluate(
        """(it, text) => {
            const link = it.querySelector("a");
            link.textContent = text;
            link.setAttribute("href", `https://example.com/?"'>${text}`);
        }""",
        HOSTILE,
    )
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    newcomer.reader("outlook_windows").click()
    expect(newcomer.happened).to_contain_text("Likely opened")
    page.locator("[data-reader=outlook_windows] .small").click()

    expect(newcomer.feed.first).to_contain_text("onerror=alert(1)")
    assert page.locator("b, img[src=x]").count() == 0


def test_a_mail_that_cannot_be_sent_says_why_and_stays(newcomer, console_errors):
    newcomer.page.get_by_label("To", exact=True).fill("nonsense")
    newcomer.page.get_by_role("button", name="Send").click()

    expect(newcomer.page.get_by_role("alert")).to_contain_text("Not sent.")
    expect(newcomer.page.get_by_label("Subject")).to_have_value(SUBJECT)
    console_errors.clear()  # the browser tells of the answer 422


def test_a_server_that_is_away_is_said_and_comes_back_by_itself(newcomer, console_errors):
    page = newcomer.page
    page.context.set_offline(True)
    expect(page.locator("#away")).to_contain_text("The server does not answer.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent.")

    page.context.set_offline(False)
    expect(page.locator("#away")).not_to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name=SUBJECT)).to_be_visible()
    console_errors.clear()  # the browser tells of each call that found nobody


def test_the_other_windows_are_a_click_away(newcomer):
    newcomer.page.get_by_role("navigation", name="Mail programs").get_by_role(
        "link", name="Gmail"
    ).click()

    expect(newcomer.page).to_have_url(f"{newcomer.url}/playground/gmail")


def test_it_speaks_german(session, browser: Browser, newcomer):
    german = browser.new_context(locale="de-DE", storage_state=session)
    page = german.new_page()
    page.goto(f"{newcomer.url}/playground")

    expect(page.get_by_role("button", name="Senden")).to_be_visible()
    expect(page.get_by_label("Betreff")).to_have_value(re.compile("Kühlketten"))
    german.close()


def test_the_page_is_light(newcomer):
    assert weight(newcomer.page, f"{newcomer.url}/playground") <= BUDGET_BYTES


ASKED = re.compile("/playground/state|/api/v1/feed")


@pytest.mark.parametrize("state", ["loading", "error", "offline"])
def test_a_stage_without_its_server_is_accessible_in_every_look(
    newcomer, eyes, console_errors, state
):
    page = newcomer.page
    if state == "loading":
        page.add_init_script(ENDLESS_PATIENCE)
        page.route(ASKED, lambda route: None)
    if state == "error":
        page.route(ASKED, lambda route: route.fulfill(status=503, json={"detail": "away"}))
    if state != "offline":
        page.goto(newcomer.url + "/playground", wait_until="domcontentloaded")
    else:
        page.context.set_offline(True)
    said = {"loading": "Subject", "error": "does not answer", "offline": "does not answer"}[state]
    expect(page.get_by_text(said).first).to_be_visible()

    assert eyes.faults(page, f"playground-{state}") == []
    assert (page.get_by_text("does not answer").count() > 0) == (state != "loading")
    console_errors.clear()


def test_a_screen_reader_finds_the_stages_parts_and_hears_what_happens(newcomer):
    page = newcomer.page
    expect(page.locator("main")).to_match_aria_snapshot(
        """
        - heading "Playground" [level=1]
        - navigation "Mail programs":
          - link "Gmail"
        - region "Your first minute":
          - list
          - status
        - tablist:
          - tab "Write" [selected]
          - tab "Inboxes"
        - tabpanel "Write":
          - button "Send"
          - textbox "To"
          - list:
            - listitem
          - textbox "Subject"
        - complementary:
          - heading [level=2]
        """
    )
    assert page.locator("#foreseen").get_attribute("aria-live") == "polite"
    newcomer.send("Heard")
    newcomer.reader("outlook_windows").click()

    expect(page.get_by_role("status").filter(has_text="Likely opened")).to_contain_text("Counted")


def test_the_stage_is_accessible_in_every_look(newcomer, eyes, console_errors):
    page = newcomer.page
    expect(page.locator("#foreseen li").first).to_be_visible()
    assert eyes.faults(page, "playground-write") == []

    page.get_by_label("To", exact=True).fill("nonsense")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert eyes.faults(page, "playground-fault") == []
    console_errors.clear()

    page.reload()
    page.get_by_role("tab", name="Inboxes").click()
    expect(page.get_by_role("tab", name="Inboxes", selected=True)).to_be_visible()
    assert eyes.faults(page, "playground-no-mail-open") == []

    newcomer.send()
    page.get_by_text("More who may come").click()
    newcomer.reader("outlook_windows").click()
    expect(newcomer.happened).to_contain_text("Likely opened")
    assert eyes.faults(page, "playground-opened") == []
