"""The opened mail's ways to write back, in a browser: by mouse, by keys, in every look."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.capture.letters import letter, mailbox_of
from tests.screens import WIDTHS, covered, reach, signed_in
from tests.waiting import wait_until
from tests.world import CAROL

HOSTILE = "<img src=x onerror=alert(1)>" + "x" * 120

IS_ABOVE = """it => {
    const said = document.querySelector(".happened").getBoundingClientRect();
    return it.getBoundingClientRect().bottom <= said.top;
}"""


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def opened(page, url, world, inboxes):
    """A mail of alice's, opened in the mailbox of whom it went to."""

    def show(subject="Offer", address=CAROL):
        mail = letter(sender="Alice <alice@ours.test>", to=CAROL, subject=subject)
        mail_id = inboxes.put(address, mail.as_bytes())
        signed_in(page, url, world.alice)
        page.goto(f"{url}/playground?mail={mail_id}")
        expect(page.locator(".letter h2")).to_have_text(subject)
        return page

    return show


@pytest.mark.parametrize(
    ("name", "said", "subject"),
    [
        ("An answer", "s answer is on its way to you.", "Re: Offer"),
        ("An away notice", "A program answers for Carol", "Automatic reply: Offer"),
        ("A bounce", "The mail host sends it back to you", "Undelivered mail"),
        ("An invitation", "Carol invites you for tomorrow", "Invitation: About: Offer"),
    ],
)
def test_what_comes_back_is_said_and_lies_in_ones_own_mailbox(opened, name, said, subject):
    page = opened()

    page.get_by_role("button", name=name).click()

    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    page.get_by_role("button", name="Your mailbox").click()
    expect(page.locator(".letter h2")).to_contain_text(subject)
    expect(page.locator(".letter .cast")).to_have_count(0)  # nobody opens what one has got


def test_without_a_connected_mailbox_it_is_said_that_nothing_is_seen(opened, world):
    page = opened()
    page.get_by_role("button", name="An answer").click()
    link = page.locator(".happened").get_by_role("link", name="Connect your mailbox")
    expect(link).to_have_attribute("href", "/console/mailboxes")

    mailbox_of(world.alice, state="active")
    page.reload()
    page.get_by_role("button", name="An answer").click()

    expect(page.locator(".happened")).to_contain_text("is on its way")
    expect(link).to_have_count(0)


def test_it_works_by_keys(opened):
    page = opened()
    page.locator(".letter h2").focus()

    reach(page, "An away notice")
    page.keyboard.press("Enter")

    expect(page.locator(".happened")).to_contain_text("A program answers for Carol")
    expect(page.get_by_role("button", name="An away notice")).to_be_focused()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_what_is_said_hides_nothing_that_has_the_focus(opened, width, key):
    page = opened()
    page.set_viewport_size({"width": width, "height": 480})
    button = page.get_by_role("button", name="An away notice")
    button.evaluate("it => window.scrollBy(0, it.getBoundingClientRect().bottom - innerHeight)")
    button.click()
    expect(page.locator(".happened")).to_contain_text("Connect your mailbox")

    expect(button).to_be_focused()
    wait_until(lambda: button.evaluate(IS_ABOVE))
    assert covered(page, key) == []


def test_a_refusal_says_why(opened, inboxes, settings, console_errors):
    page = opened()
    shutil.rmtree(settings.data_dir / "playground")

    page.get_by_role("button", name="A bounce").click()

    expect(page.locator(".happened")).to_contain_text("This mail is no longer in the playground.")
    console_errors.clear()  # the browser tells of the answer 404


def test_it_is_accessible_in_every_look(opened, eyes):
    page = opened()
    page.get_by_role("button", name="An answer").click()
    expect(page.locator(".happened")).to_contain_text("Connect your mailbox")
    told = eyes.faults(page, "playground-answered")
    page.get_by_role("button", name="Your mailbox").click()
    expect(page.locator(".letter h2")).to_have_text("Re: Offer")

    assert told + eyes.faults(page, "playground-answer") == []


def test_long_names_and_subjects_break_nothing(opened, eyes):
    page = opened(HOSTILE, "a-very-long-name.of-nobody-we-know.at-all@a-very-long-company.example")
    page.get_by_role("button", name="A bounce").click()
    expect(page.locator(".happened")).to_contain_text("sends it back")

    assert eyes.faults(page, "playground-answered-long", widths=(320,)) == []
