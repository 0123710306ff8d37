"""The playground's Gmail window, driven like a person: link, track, minimise, send, be opened.

A real installation as `make run` starts it. The window's scripts speak to nothing but Gmail's
server in the playground, which speaks to nothing but the add-on.
"""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.holding import answered, gone_on, hold
from tests.installation import Installation
from tests.waiting import free_port, wait_until

REP = "rep@demo.telltale.test"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    ports = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
    made = Installation(tmp_path_factory.mktemp("gmail"), ports)
    with made.serving("--demo"):
        yield made


@pytest.fixture
def asked(page):
    """Every request with the scripts that led to it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    # So that a request is told along with what waited for it, not only with what sent it.
    session.send("Debugger.enable")
    session.send("Debugger.setAsyncCallStackDepth", {"maxDepth": 16})
    found = []
    session.on(
        "Network.requestWillBeSent",
        lambda told: found.append((told["request"]["url"], scripts_of(told["initiator"]))),
    )
    return found


def scripts_of(initiator):
    stack, found = initiator.get("stack"), set()
    while stack:
        found |= {frame["url"] for frame in stack["callFrames"]}
        stack = stack.get("parent")
    return found


@pytest.fixture
def window(page, installation):
    """Gmail's window, in which the rep is signed in and has linked her account."""
    base = f"http://127.0.0.1:{installation.port}"
    page.goto(installation.told("signin-link", REP))
    page.goto(f"{base}/playground/gmail")
    expect(panel(page).get_by_role("heading").first).to_be_visible()
    if panel(page).get_by_role("button", name="Link my account").is_visible():
        link_account(page)
    return page


def panel(window):
    return window.get_by_role("complementary", name=re.compile("side panel in Gmail"))


def link_account(window):
    with window.context.expect_page() as opened:
        window.get_by_role("button", name="Link my account").click()
    opened.value.get_by_role("button", name="Link this account").click()
    opened.value.get_by_role("heading", name="The account is linked").wait_for()
    opened.value.close()
    expect(panel(window).get_by_role("heading", name="Feed")).to_be_visible()


@pytest.fixture
def draft(window):
    """A draft with the add-on opened beside it."""
    found = window.get_by_role("region", name="New message")
    found.get_by_role("button", name="Telltale").click()
    return found


def be(window, reader):
    """Come to the opened mail as that reader."""
    window.locator(f'[data-reader^="{reader}"] .be').first.click()


def arrived(window, who):
    """The line of the mail that comes when this button is pressed; others came before."""
    mails = window.get_by_role("region", name="Your mail")
    expect(mails.locator("li").first).to_be_visible()

    def ids():
        rows = mails.locator("[data-key]")
        return set(rows.evaluate_all("all => all.map(it => it.dataset.key)"))

    before = ids()
    mails.get_by_role("button", name=who).click()
    (new,) = wait_until(lambda: ids() - before, what="the mail")
    return mails.locator(f'[data-key="{new}"]')


def send(window, draft):
    window.get_by_label("Undo Send for").select_option("0")
    draft.get_by_role("button", name="Send", exact=True).click()


def test_a_mail_that_is_pressed_while_another_comes_is_opened(window):
    row = arrived(window, "A stranger writes")
    newest = window.locator("#mails [data-key]").first
    pressed = row.get_attribute("data-key")
    row.focus()

    window.keyboard.down("Space")
    window.locator("#arrive-known").evaluate("button => button.click()")
    expect(newest).not_to_have_attribute("data-key", pressed)
    window.keyboard.up("Space")

    expect(window.get_by_role("article", name="The open mail")).to_contain_text("First contact")


@pytest.mark.req("R2", "R29")
def test_a_mail_is_tracked_with_the_panel_closed_and_says_what_it_waits_for(
    window, draft, asked, console_errors
):
    opens = panel(window).get_by_role("switch", name="Track opens")
    opens.press("Space")
    expect(panel(window)).to_contain_text("Tracking is on. You may close this panel.")
    expect(opens).to_be_focused()
    body = draft.get_by_role("textbox", name="Message body")
    assert re.match(r'<img src="[^"]+/o/\w{32}\.gif" width="1"', body.inner_html())
    close_and_go_on_writing(window, draft)

    send(window, draft)
    be(window, "gmail")

    expect(window.get_by_text("Send not confirmed").first).to_be_visible()
    window.get_by_role("tab", name="Gmail").click()
    window.get_by_role("button", name="Side panel").click()
    panel(window).get_by_role("button", name="Refresh").click()
    expect(panel(window)).to_contain_text("1 mail waits")
    console_errors.clear()  # the mail's frame refuses its picture, which the browser says aloud
    own = [url for url, scripts in asked if any("/playground/gmail/" in each for each in scripts)]
    assert len(own) > 5
    assert [url for url in own if "/api/" in url] == []


def close_and_go_on_writing(window, draft):
    """Close the panel, minimise the draft, type on, press Send and take it back."""
    body = draft.get_by_role("textbox", name="Message body")
    # A person has five seconds to take it back; a machine may have much else to do.
    window.get_by_label("Undo Send for").evaluate("it => { it.selectedOptions[0].value = 300; }")
    window.get_by_role("button", name="Side panel").click()
    draft.get_by_role("button", name="Minimise").click()
    expect(body).to_be_hidden()
    draft.get_by_role("button", name="Minimise").click()
    body.press("Control+End")
    body.type(" Typed afterwards.")
    expect(draft).to_contain_text("Draft saved")
    draft.get_by_role("button", name="Send", exact=True).click()
    window.get_by_role("button", name="Undo").click()
    expect(body).to_contain_text("Typed afterwards.")


@pytest.mark.req("R2", "R9")
def test_send_tracked_sends_the_draft_once_and_speaks_of_the_open_window(window, draft):
    panel(window).get_by_role("switch", name="Track opens").click()
    expect(panel(window)).to_contain_text("Tracking is on. You may")
    panel(window).get_by_role("switch", name="Track links").click()
    expect(panel(window).get_by_role("switch", name="Track links")).to_be_checked()
    expect(draft).to_contain_text("Draft saved")
    mails = window.get_by_role("region", name="Your mail")
    before = mails.get_by_role("button", name="Sent Your offer").count()

    panel(window).get_by_role("button", name="Send tracked", exact=True).click()
    expect(panel(window)).to_contain_text("do not press Send there, or the mail goes out twice")
    panel(window).get_by_role("button", name="Send now").click()
    expect(panel(window)).to_contain_text("https://www.googleapis.com/auth/gmail.compose")
    panel(window).get_by_role("button", name="Allow").click()

    expect(panel(window)).to_contain_text("The mail is sent")
    expect(panel(window)).to_contain_text("Do not press Send there")
    expect(draft).to_be_visible()  # Gmail's own window knows nothing of it
    draft.get_by_role("button", name="Discard").click()
    sent = mails.get_by_role("button", name="Sent Your offer")
    expect(sent).to_have_count(before + 1)
    sent.first.click()
    expect(panel(window).get_by_role("heading", name="Your offer")).to_be_visible()
    expect(panel(window)).to_contain_text("Our offer")  # the link that was wrapped


def test_what_is_turned_to_while_something_loads_is_never_the_former_one(window, draft):
    opened = window.get_by_role("article", name="The open mail")
    question = arrived(window, "A customer writes")
    question.click()
    expect(opened).to_contain_text("A question")
    held = hold(window, "**/playground/mail/*")
    question.click()
    expect(opened).to_be_hidden()
    held.wait()
    held.let_go()
    expect(opened).to_contain_text("A question")

    draft.get_by_role("button", name="Telltale").click()
    opens = panel(window).get_by_role("switch", name="Track opens")
    expect(opens).to_be_visible()
    held = hold(window, "**/playground/gmail/event")
    opens.click()
    panel(window).get_by_role("button", name="Feed", exact=True).click()
    expect(panel(window).get_by_role("heading", name="Feed")).to_be_visible()
    draft.get_by_role("button", name="Telltale").click()
    expect(opens).to_be_visible()
    held.wait()
    held.let_go()
    expect(panel(window).locator("[aria-busy=false]")).to_be_visible()
    expect(opens).to_be_visible()


def test_a_mail_that_comes_late_leaves_the_focus_where_it_went_meanwhile(window):
    question = arrived(window, "A customer writes")
    held = hold(window, "**/playground/mail/*")
    question.click()
    body = window.get_by_role("textbox", name="Message body")
    body.press("Control+End")

    held.wait()
    held.let_go()

    expect(window.get_by_role("article", name="The open mail")).to_contain_text("A question")
    expect(body).to_be_focused()
    window.get_by_role("article", name="The open mail").get_by_role("button", name="Close").click()
    question.press("Enter")
    expect(window.locator("#reading strong")).to_be_focused()


@pytest.mark.req("R50")
def test_beside_a_received_mail_stands_who_wrote_it(window):
    question = arrived(window, "A customer writes")
    expect(question).to_contain_text("A question")
    question.click()
    expect(panel(window).get_by_role("heading", name="Timeline")).to_be_visible()

    first = arrived(window, "A stranger writes")
    expect(first).to_contain_text("First contact")
    first.click()
    expect(panel(window)).to_contain_text("No contact or lead has this address.")
    panel(window).get_by_role("button", name="Add a person").click()
    panel(window).get_by_label("Name").fill("Zoe Winter")
    held = hold(window, "**/playground/gmail/event")
    panel(window).get_by_role("button", name="Add as contact").click()
    panel(window).get_by_role("button", name="Back to the card before").click()
    expect(panel(window).get_by_label("Name")).to_be_visible()  # the answer belongs to it
    held.wait()
    held.let_go()
    expect(panel(window).get_by_role("heading", name="Zoe Winter")).to_be_visible()
    window.get_by_role("article", name="The open mail").get_by_role("button", name="Close").click()
    expect(panel(window).get_by_role("heading", name="Feed")).to_be_visible()


def test_two_drafts_have_tokens_of_their_own_and_off_puts_in_nothing(window):
    window.get_by_role("button", name="Compose").click()
    drafts = window.get_by_role("region", name="New message")
    tokens = []
    for draft in drafts.all():
        draft.get_by_role("button", name="Telltale").click()
        panel(window).get_by_role("button", name="Track this mail").click()
        panel(window).get_by_role("button", name="Switch tracking off").click()
        panel(window).get_by_role("button", name="Track this mail").click()
        expect(panel(window)).to_contain_text("Tracking is on. You may")
        tokens += re.findall(r"/o/(\w{32})\.gif", draft.get_by_label("Message body").inner_html())

    assert len(tokens) == len(set(tokens)) == 2
    insert_a_link(window, drafts.last)


def insert_a_link(window, draft):
    """Put a tracked link in where the cursor stands, which is not where the picture is."""
    body = draft.get_by_label("Message body")
    body.get_by_text("Hello, here is the offer").click()
    panel(window).get_by_text("Insert a tracked link").click()
    panel(window).get_by_label("Web address").fill("example.com/price")
    panel(window).get_by_label("Text of the link").fill("Our prices")
    panel(window).get_by_role("button", name="Insert at the cursor").click()
    link = body.locator("div").first.get_by_role("link", name="Our prices")
    expect(link).to_have_attribute("href", re.compile(r"/c/\w{32}$"))
    expect(body.locator(".gmail_signature")).not_to_contain_text("Our prices")
    assert body.inner_html().startswith("<img")


def test_what_goes_in_stands_before_the_text_or_behind_signature_and_quote(window):
    window.get_by_role("button", name="Reply with a quote").click()
    drafts = window.get_by_role("region", name="New message")
    for place, written in (("START", drafts.first), ("END", drafts.last)):
        window.route("**/playground/gmail/event", partial(put_in, f"INSERT_AT_{place}"))
        written.get_by_role("button", name="Telltale").click()
        panel(window).get_by_role("button", name="Track this mail").click()
        expect(panel(window)).to_contain_text("Tracking is on. You may")
        window.unroute_all()

    assert re.match("<img[^>]+><div", drafts.first.get_by_label("Message body").inner_html())
    assert re.search(
        "gmail_signature.+gmail_quote.+</div><img[^>]+>$",
        drafts.last.get_by_label("Message body").inner_html(),
        re.DOTALL,
    )


def put_in(place, route):
    """Let Gmail hear that this is where the add-on wants its HTML."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("INSERT_AT_START", place))


def test_a_scheduled_mail_leaves_when_its_hour_comes(window):
    window.get_by_role("button", name="Reply with a quote").click()
    draft = window.get_by_role("region", name="New message").last
    expect(draft.get_by_label("Message body").locator("div.gmail_quote")).to_be_attached()
    draft.get_by_role("button", name="Send in an hour").click()
    expect(window.get_by_role("tab", name="Inboxes")).to_have_attribute("aria-selected", "false")

    window.get_by_role("button", name="+1 hour").click()

    expect(window.get_by_role("tab", name="Inboxes")).to_have_attribute("aria-selected", "true")
    expect(window.get_by_role("heading", name="Re: Your question")).to_be_visible()


def test_a_mail_that_is_on_its_way_can_not_be_sent_once_more(window, draft, console_errors):
    held = hold(window, "**/playground/gmail/send")
    send(window, draft)
    held.wait()

    expect(window.locator("#windows .draft")).to_be_hidden()
    held.abort()
    expect(draft.get_by_role("button", name="Send", exact=True)).to_be_visible()
    console_errors.clear()


def stand_still(window):
    """Let no time pass in the window but what its clock is told to."""
    window.clock.install(time=0)
    window.clock.pause_at(3600)  # far enough: a slow machine must not have come to it


def test_a_draft_is_said_to_be_saved_when_all_of_it_is(window, draft):
    saved, body = draft.get_by_text("Draft saved"), draft.get_by_label("Message body")
    stand_still(window)
    held = hold(window, "**/playground/gmail/drafts")
    body.press("End")
    body.type("First. ")
    window.clock.run_for(1000)
    held.wait()
    body.type("Second.")

    answered(window, held.take())
    held.let_go()
    gone_on(window)

    expect(saved).to_have_count(0)
    window.clock.run_for(1000)
    expect(saved).to_be_visible()


def test_what_is_put_in_while_a_mail_leaves_makes_no_second_draft(window, draft):
    opens = panel(window).get_by_role("switch", name="Track opens")
    expect(opens).to_be_visible()
    stand_still(window)
    drafts = []
    window.on("request", lambda one: drafts.append(one) if "gmail/drafts" in one.url else None)
    events = hold(window, "**/playground/gmail/event")
    mails = hold(window, "**/playground/gmail/send")
    hold(window, "**/playground/mail/*")  # its frame lets no script in, not the clock's either
    opens.click()
    send(window, draft)
    events.wait()
    mails.wait()

    events.let_go()
    expect(window.locator("#windows .draft img")).to_be_attached()
    mails.let_go()
    expect(window.locator("#windows .draft")).to_have_count(0)
    window.clock.run_for(1000)
    gone_on(window)

    assert drafts == []


def test_undo_stays_whatever_was_said_before(window):
    draft = window.get_by_role("region", name="New message").first
    stand_still(window)
    for _ in range(2):
        window.get_by_role("button", name="Reply with a quote").click()  # one too many at last
    expect(window.locator("#toast")).to_be_visible()
    window.clock.fast_forward(3000)
    draft.get_by_role("button", name="Send", exact=True).click()

    window.clock.fast_forward(1500)

    window.get_by_role("button", name="Undo").click()
    expect(draft.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_the_window_is_accessible_in_every_look(window, draft, eyes):
    panel(window).get_by_text("Insert a tracked link").click()
    panel(window).get_by_text("What can be known here").click()
    panel(window).get_by_role("button", name="Look again").click()
    expect(panel(window).locator("[aria-busy=false]")).to_be_visible()
    expect(panel(window).get_by_label("Web address")).to_be_visible()  # open sections stay open
    assert eyes.faults(window, "gmail-draft") == []

    panel(window).get_by_role("button", name="Feed", exact=True).click()
    expect(panel(window).get_by_role("button", name="Refresh")).to_be_visible()
    assert eyes.faults(window, "gmail-feed") == []

    arrived(window, "A customer writes").click()
    expect(panel(window).get_by_role("heading", name="Timeline")).to_be_visible()
    expect(window.get_by_role("article", name="The open mail")).to_be_visible()
    assert eyes.faults(window, "gmail-received") == []

    panel(window).get_by_role("button", name="Settings").click()
    expect(panel(window)).to_contain_text("Signed in as")
    assert eyes.faults(window, "gmail-settings") == []
