"""On the stage a late answer takes nothing from who has gone on meanwhile."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from tests.holding import answered, gone_on, hold
from tests.screens import ENDLESS_PATIENCE, signed_in
from tests.world import CAROL

STATE = "**/playground/state"
AHEAD = "ahead of your own clock"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def stage(page, url, world, inboxes):
    """The stage as alice sees it, with a mail to carol that is written and not sent yet."""
    page.add_init_script(ENDLESS_PATIENCE)  # a call that is held back is not given up meanwhile
    signed_in(page, url, world.alice)
    page.goto(f"{url}/playground")
    page.get_by_label("To", exact=True).fill(CAROL)
    expect(page.locator("#foreseen li")).to_have_count(1)
    return page


def state_before(held):
    """The look at the state that is held back, and its answer: all of it as it is now."""
    late = held.take()
    return late, late.fetch(headers=late.request.headers | {"if-none-match": '"another"'})


def arrives(page, late, told):
    """Let an answer come that was given before, and the page do with it what it does."""
    answered(page, late, response=told)
    gone_on(page)


def test_a_look_at_the_mailboxes_that_comes_late_takes_no_mail_back(stage):
    held = hold(stage, STATE)
    late, told = state_before(held)
    stage.get_by_role("button", name="Send").click()
    answered(stage, held.take())
    expect(stage.locator(".letter h2")).to_be_focused()
    expect(stage.locator(".mailbox", has_text=CAROL)).to_have_count(1)

    arrives(stage, late, told)

    assert stage.locator(".mailbox").filter(has_text=CAROL).count() == 1


def test_a_look_at_the_clock_that_comes_late_does_not_turn_it_back(stage):
    moved = {"now": (clock.now() + timedelta(hours=1)).isoformat(), "ahead_s": 3600}
    stage.route(
        "**/playground/clock", lambda route: route.fulfill(json=moved | {"is_movable": True})
    )
    held = hold(stage, STATE)
    late, told = state_before(held)
    stage.get_by_role("button", name="+1 hour").click()
    expect(stage.locator(".clock")).to_contain_text(AHEAD)

    arrives(stage, late, told)

    assert AHEAD in stage.locator(".clock").inner_text()


WRITES_ON = (("before it is sent", "**/playground/send"), ("before it is seen there", STATE))


@pytest.mark.parametrize(("why", "call"), WRITES_ON)
def test_who_writes_the_next_mail_while_one_is_on_its_way_writes_on(stage, why, call):
    held = hold(stage, call)
    stage.get_by_role("button", name="Send").click()
    if call == STATE:
        expect(stage.get_by_role("button", name="Send")).to_be_enabled()
    held.wait()
    subject = stage.get_by_label("Subject")
    subject.fill("The next one")

    held.let_go()

    expect(stage.locator(".mailbox", has_text=CAROL)).to_have_count(1)
    gone_on(stage)
    expect(subject).to_be_focused()
    stage.get_by_role("tab", name="Inboxes").click()
    stage.locator(".mailbox", has_text=CAROL).click()
    expect(stage.locator(".letter")).to_be_visible()


def test_a_mail_that_was_sent_and_comes_late_leaves_the_focus_where_it_went(stage):
    held = hold(stage, "**/playground/mail/*")
    stage.get_by_role("button", name="Send").click()
    held.wait()
    box = stage.locator(".mailbox", has_text=CAROL)
    box.focus()

    held.let_go()

    expect(stage.locator(".letter h2")).to_be_visible()
    expect(box).to_be_focused()
