"""The mailboxes beside each other, in a browser: what is pressed while mails come in counts."""

import pytest
from playwright.sync_api import expect

from tests.capture.letters import letter
from tests.screens import signed_in
from tests.world import CAROL, LEO


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def arrives(inboxes):
    """Lays a mail into a mailbox; its id."""

    def put(address, subject):
        mail = letter(sender="Alice <alice@ours.test>", to=address, subject=subject)
        return inboxes.put(address, mail.as_bytes())

    return put


@pytest.fixture
def opened(page, url, world, arrives):
    """Leo's mail is open; carol's lies above it."""
    arrives(CAROL, "Offer")
    mail_id = arrives(LEO, "Greetings")
    signed_in(page, url, world.alice)
    page.goto(f"{url}/playground?mail={mail_id}")
    expect(page.locator(".letter h2")).to_have_text("Greetings")
    return page


def test_a_mailbox_that_is_pressed_while_another_gets_a_mail_is_opened(opened, arrives):
    opened.locator(".mailbox", has_text=CAROL).hover()
    opened.mouse.down()
    arrives("zoe@new.test", "Hello")
    expect(opened.locator(".mailbox", has_text="zoe@new.test")).to_be_visible()

    opened.mouse.up()

    expect(opened.locator(".letter h2")).to_have_text("Offer")


def test_a_mailbox_opens_at_what_came_last_though_it_looks_as_before(opened, arrives):
    box = opened.locator(".mailbox", has_text=CAROL)
    box.evaluate("it => { it.marked = true; }")
    arrives(CAROL, "A newer offer")
    arrives("zoe@new.test", "Hello")
    expect(opened.locator(".mailbox", has_text="zoe@new.test")).to_be_visible()
    assert box.evaluate("it => it.marked")

    box.click()

    expect(opened.locator(".letter h2")).to_have_text("A newer offer")


def test_a_mailbox_that_is_drawn_anew_keeps_the_focus(opened, arrives):
    box = opened.locator(".mailbox", has_text=CAROL)
    box.press("Enter")
    expect(opened.locator(".mails")).to_have_count(0)
    arrives(CAROL, "A newer offer")

    expect(opened.locator(".mails .mail")).to_have_count(2)
    expect(box).to_be_focused()
