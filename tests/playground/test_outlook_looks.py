"""The panel at the size that Outlook on the web gives it: every tab and state, in every look."""

import gzip
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.models.mailboxes import Mailbox
from tests.capture.letters import half_filled, mailbox_of
from tests.holding import hold
from tests.playground.outlooks import is_drawn, keep, mail_of, open_window
from tests.playground.test_outlook import opened, send, write
from tests.screens import BUDGET_BYTES
from tests.waiting import wait_until
from tests.world import CAROL, DANA


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_its_buttons_and_fields_wait_until_they_do_something(outlook, url):
    held = hold(outlook, re.compile(r"/outlook/outlook\.js$"))
    outlook.goto(f"{url}/playground/outlook", wait_until="commit")
    controls = outlook.locator("#outlook :is(button, input)")
    expect(controls).to_have_count(6)
    for control in controls.all():
        expect(control).to_be_disabled()

    held.wait()
    held.let_go()
    is_drawn(outlook)
    outlook.fill("#to", CAROL)
    outlook.click("#pane")

    expect(outlook.locator("#side iframe")).to_be_visible()
    expect(outlook.locator("#to")).to_have_value(CAROL)


def test_before_it_is_connected(outlook, url, faults):
    pane = open_window(outlook, url)
    outlook.click("#pane")
    expect(pane.get_by_role("button", name="Connect")).to_be_visible()
    told = faults(outlook, "connect")
    pane.get_by_role("button", name="Connect").click()
    expect(pane.locator(".code")).to_be_visible()

    assert told + faults(outlook, "code") == []


def test_beside_a_draft(connected, url, faults):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_text("Nobody yet")).to_be_visible()
    told = faults(connected, "draft-empty")
    write(connected, f"{CAROL}, {DANA}")
    expect(pane.get_by_text("Left alone")).to_be_visible()

    assert told + faults(connected, "draft") == []


def test_a_recipient_that_is_no_address_is_told_until_it_is_mended(
    connected, url, console_errors, faults
):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_text("will be tracked")).to_be_visible()

    write(connected, f"{CAROL}, Dan")
    expect(pane.get_by_text("is no address yet")).to_be_visible()
    expect(pane.get_by_text(CAROL)).to_be_visible()
    told = faults(connected, "draft-no-address")
    connected.click("#send")
    expect(connected.locator("#fault")).to_be_visible()
    write(connected, CAROL)

    expect(connected.locator("#fault")).to_be_hidden()
    expect(pane.get_by_text("will be tracked")).to_be_visible()
    assert told == []
    # The handler asked for the mail as it was, and so did Send; the panel asks for whom it can.
    console_errors[:] = [each for each in console_errors if "status of 422" not in each]


def test_beside_a_sent_mail_and_in_the_feed(connected, url, world, faults):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Feed").click()
    expect(pane.locator(".card.empty").first).to_be_visible()
    told = faults(connected, "feed-empty")
    pane.get_by_role("tab", name="Mail").click()
    world.send(DANA, at=clock.now() - timedelta(hours=1))  # untracked: the Feed says so
    write(connected, CAROL)
    send(connected)
    opened(world)
    connected.get_by_role("button", name="Offer").click()
    expect(pane.get_by_role("heading", name="No mail is open")).to_be_visible()
    told += faults(connected, "no-mail")
    connected.get_by_role("button", name="Offer").click()
    expect(pane.locator(".engagement")).to_have_count(1)
    told += faults(connected, "sent")
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Carol")).to_be_visible()
    told += faults(connected, "person")
    pane.get_by_role("tab", name="Feed").click()
    pane.locator(".engagement summary").first.click()
    pane.get_by_text("1 mail was sent untracked").click()
    told += faults(connected, "feed")

    assert told == []


def test_behind_the_gear(connected, url, world, faults):
    pane = open_window(connected, url)
    connected.click("#pane")
    half_filled(mailbox_of(world.alice, state="backfilling"))
    pane.get_by_role("tab", name="Settings").click()
    expect(pane.get_by_text("2 of about 5 mails are looked through")).to_be_visible()
    expect(pane.get_by_role("button", name="Disconnect")).to_be_visible()

    expect(pane.get_by_role("progressbar")).to_be_visible()
    assert faults(connected, "settings") == []
    Mailbox.update(state="needs_reauth").execute()
    look_again(pane)
    expect(pane.get_by_text("Connect it again", exact=True)).to_be_visible()
    expect(pane.get_by_text("2 of about 5 mails are looked through")).to_be_visible()
    expect(pane.get_by_role("progressbar")).to_have_count(0)
    Mailbox.update(state="backfilling", capture_mode="off").execute()
    look_again(pane)
    expect(pane.get_by_text("Fetching older mail")).to_be_visible()
    expect(pane.get_by_text("mails are looked through")).to_have_count(0)


def look_again(pane):
    pane.get_by_role("tab", name="Feed").click()
    pane.get_by_role("tab", name="Settings").click()


WAITING = (
    ("needs_reauth", "invalid_grant", "the consent was withdrawn", "Connect it again on the page"),
    ("needs_admin", "brandNew", "that Telltale does not know: brandNew", "Ask your admin to mend"),
    ("delayed", "503", "Google does not answer as it should.", "there is nothing to do"),
    ("paused", "", "Paused", "You resume it on the page"),
)


@pytest.mark.parametrize(("state", "reason", "why", "what"), WAITING)
def test_a_mailbox_that_is_not_synced_says_why_and_what_to_do(
    connected, url, world, faults, state, reason, why, what
):
    mailbox_of(world.alice, state=state, reason=reason, since=clock.now())
    pane = open_window(connected, url)
    connected.click("#pane")

    pane.get_by_role("tab", name="Settings").click()

    card = pane.locator(".card", has_text=what)
    expect(card).to_contain_text(why)
    expect(card).not_to_contain_text(f"({reason})")
    leads = card.get_by_role("link", name="Your mailboxes")
    if state in {"needs_reauth", "paused"}:
        expect(leads).to_have_attribute("href", f"{url}/console/mailboxes")
    else:
        expect(leads).to_have_count(0)
    assert faults(connected, f"settings-{state}") == []


def test_beside_a_stranger(connected, url, faults):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, "zoe@new.test")
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("button", name="Add")).to_be_visible()

    assert faults(connected, "stranger") == []


def test_a_long_address_is_shown_whole(connected, url):
    address = f"{'a.very.long.name.' * 3}x@new.test"
    keep(connected, mail_of("A question", address, "alice@ours.test"))
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    connected.get_by_role("button", name="A question").click()
    pane.get_by_role("tab", name="Person").click()

    shown = pane.locator("form .url")
    expect(shown).to_have_text(address)

    assert shown.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_beside_mail_that_came_in_and_mail_without_our_mark(connected, url, world, faults):
    world.send(CAROL, at=clock.now() - timedelta(minutes=5))
    opened(world)
    own = "alice@ours.test"
    keep(connected, mail_of("An answer", CAROL, own), mail_of("A question", "zoe@new.test", own),
         mail_of("By phone", own, CAROL))  # fmt: skip
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    told = []
    for subject, heading in (
        ("An answer", "Last contact"),
        ("A question", "Not among your contacts"),
        ("By phone", "This mail was sent untracked"),
    ):
        connected.get_by_role("button", name=subject).click()
        expect(pane.get_by_role("heading", name=heading)).to_be_visible()
        told += faults(connected, heading.lower().replace(" ", "-"))
    connected.get_by_role("button", name="By phone").click()
    pane.get_by_role("tab", name="Person").click()
    expect(pane.get_by_role("heading", name="Nobody to show")).to_be_visible()

    assert told + faults(connected, "person-empty") == []


PLACES = (("Mail", "draft"), ("Mail", "sent"), ("Feed", "feed"), ("Person", "person"),
          ("Settings", "settings"))  # fmt: skip


def beside_a(place, page, url, world):
    """The panel beside a mail that was sent, or a draft."""
    sent = world.send(CAROL, at=clock.now() - timedelta(minutes=5))
    keep(page, mail_of("An offer", "alice@ours.test", CAROL, sent.id))
    pane = open_window(page, url)
    page.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    if place == "sent":
        page.get_by_role("button", name="An offer").click()
        expect(pane.get_by_role("heading", name="Offer")).to_be_visible()
    else:
        write(page, CAROL)
    return pane


@pytest.mark.parametrize(("tab", "place"), PLACES)
def test_while_it_waits_when_nobody_answers_and_when_the_server_fails(
    connected, url, world, faults, tab, place, console_errors
):
    pane = beside_a(place, connected, url, world)

    def show():
        pane.get_by_role("tab", name="Settings" if tab != "Settings" else "Feed").click()
        pane.get_by_role("tab", name=tab).click()

    held = hold(connected, "**/api/v1/**")
    show()
    expect(pane.locator(".skeleton").first).to_be_visible()
    told = faults(connected, f"waiting-{place}")
    held.abort()
    expect(pane.locator(".message.warn").first).to_be_visible()
    told += faults(connected, f"offline-{place}")
    connected.route("**/api/v1/**", lambda route: route.fulfill(status=500, body="{}"))
    show()
    expect(pane.locator(".message.bad").first).to_be_visible()
    told += faults(connected, f"broken-{place}")

    console_errors.clear()
    assert told == []


def test_the_tabs_work_by_keys(connected, url):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Mail").focus()

    names = []
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"):
        connected.keyboard.press(key)
        names.append(pane.locator("[role=tab][aria-selected=true]").inner_text().strip())

    assert names == ["Feed", "Person", "Settings", "Mail", "Settings", "Mail"]


def test_it_is_light(outlook, url):
    seen = {}

    def note(response):
        is_panel = "taskpane" in response.frame.url and "/playground/" not in response.url
        if is_panel and re.search(r"\.(js|css)$", response.url):
            seen[response.url.rpartition("/static/")[2]] = len(gzip.compress(response.body()))

    outlook.on("response", note)
    pane = open_window(outlook, url)
    outlook.click("#pane")
    # What connects it is loaded by who is not connected, beside all the rest.
    expect(pane.get_by_role("button", name="Connect")).to_be_visible()
    wait_until(lambda: outlook.evaluate("1") and "connect.js" in str(seen), what="its script")
    outlook.remove_listener("response", note)

    handler = seen.pop("events.js")  # it has a bar of its own (tests/addin/test_language.py)
    assert handler < sum(seen.values()) <= BUDGET_BYTES, (sum(seen.values()), seen)
