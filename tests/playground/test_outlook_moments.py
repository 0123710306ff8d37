"""The panel at awkward moments: before Outlook answers, and as what is beside it changes."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.models import own_access, preferences
from backend.models.org import User
from backend.people import finding
from tests.holding import answered, gone_on, hold
from tests.playground.outlooks import (
    another_host,
    another_script,
    choice_told,
    keep,
    mail_of,
    open_window,
    theme_told,
)
from tests.playground.test_outlook import (
    arrived,
    asked_for_tokens,
    mails,
    opened,
    send,
    tokens_of,
    write,
)
from tests.waiting import wait_until
from tests.world import CAROL, DANA

OWN = "alice@ours.test"


@pytest.fixture(scope="module")
def database_url():
    return ""


EARLY = (
    ("the library is on its way", "**/office/office.js"),
    ("it knows no mailbox yet", "**/office/*/outlook_strings.js"),
)


@pytest.mark.parametrize(("why", "file"), EARLY)
def test_no_tab_can_be_chosen_before_outlook_says_whose_mailbox_it_is(connected, url, why, file):
    held = hold(connected, file, frame="taskpane")  # for the handler's, the window would not load
    pane = open_window(connected, url)
    connected.click("#pane")
    held.wait()

    expect(pane.locator("#panel[aria-busy] .skeleton").first).to_be_visible()
    expect(pane.get_by_role("tab")).to_have_count(0)
    held.let_go()

    pane.get_by_role("tab", name="Feed").click()
    expect(pane.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(pane.locator("#panel[aria-busy]")).to_have_count(0)


NOTED = "this.registered.add(message._actionName);"
HEARS = "/ItemSelectedChanged/.test(document.body.dataset.heard)"


def test_a_mail_that_is_opened_while_the_panel_still_comes_is_the_one_it_shows(connected, url):
    another_host(
        connected, {NOTED: f"{{{NOTED} document.body.dataset.heard += message._actionName}}"}
    )
    keep(connected, mail_of("A question", "zoe@new.test", OWN))
    held = hold(connected, "**/addin/static/panel.js")
    pane = open_window(connected, url)
    connected.click("#pane")
    wait_until(lambda: connected.evaluate(HEARS), what="what the panel listens to")
    held.wait()

    connected.get_by_role("button", name="A question").click()
    held.let_go()

    expect(pane.get_by_role("heading", name="Not among your contacts")).to_be_visible()


def test_where_outlook_knows_no_mail_the_panel_says_so_and_has_no_tabs(connected, url, faults):
    keep(connected, mail_of("An offer", OWN, CAROL))
    pane = open_window(connected, url)
    for _ in ("it is opened", "and left again"):
        connected.get_by_role("button", name="An offer").click()

    connected.click("#pane")

    expect(pane.get_by_text("Open this panel from a mail in Outlook.")).to_be_visible()
    expect(pane.get_by_role("tab")).to_have_count(0)
    assert faults(connected, "no-outlook") == []


def test_what_was_chosen_for_a_draft_is_never_written_into_another(connected, url, world, settings):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_checked()
    held = hold(connected, "**/api/v1/stamps", frame="taskpane")
    pane.get_by_role("switch", name="Opens").uncheck()
    word = held.take()

    connected.click("#new")
    expect(connected.locator("#note")).to_contain_text("Tracking is on")
    answered(connected, word)
    held.let_go()
    write(connected, CAROL)
    send(connected)

    (mail,) = [each for each in mails(world) if each["subject"] == "Offer"]
    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert mail["state"] == "sent"
    assert html.count(f"{settings.tracking_url}/o/") == 1


def test_a_choice_holds_for_a_mail_that_is_sent_before_our_server_has_answered(
    connected, url, settings
):
    pane = open_window(connected, url)
    connected.click("#pane")
    write(connected, CAROL)
    expect(pane.get_by_role("switch", name="Links")).to_be_checked()
    held = hold(connected, "**/api/v1/stamps", frame="taskpane")

    pane.get_by_role("switch", name="Links").uncheck()
    held.wait()
    send(connected)
    held.let_go()

    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert f"{settings.tracking_url}/c/" not in html
    assert html.count(f"{settings.tracking_url}/o/") == 1


@pytest.mark.parametrize(("name", "sign"), [("Opens", "/o/"), ("Links", "/c/")])
def test_a_choice_holds_though_the_handler_was_asking_when_it_was_made(
    connected, url, settings, name, sign
):
    pane = open_window(connected, url)
    expect(connected.locator("#note")).to_have_text("Tracking is on")
    connected.click("#pane")
    expect(pane.get_by_role("switch", name=name)).to_be_checked()
    held = hold(connected, "**/api/v1/stamps", frame="events", most=1)
    write(connected, CAROL)
    held.wait()

    with choice_told(connected):
        pane.get_by_role("switch", name=name).uncheck()
    held.let_go()  # it was asked before
    expect(connected.locator("iframe[title=events]")).to_have_count(0)
    send(connected)

    html = arrived(settings, CAROL).get_body(("html",)).get_content()
    assert f"{settings.tracking_url}{sign}" not in html
    assert f"{settings.tracking_url}/" in html  # by the other switch


def test_the_handler_acts_on_the_draft_it_was_begun_for(connected, url):
    held = hold(connected, "**/api/v1/stamps")
    open_window(connected, url)
    first = held.take()

    connected.click("#new")
    held.wait(2)
    answered(connected, first)
    wait_until(lambda: connected.locator("iframe[title=events]").count() == 1, what="its end")

    expect(connected.locator("#note")).to_be_hidden()
    held.let_go()
    expect(connected.locator("#note")).to_have_text("Tracking is on")


def test_a_token_that_is_over_takes_the_next_one_away_from_nobody(
    connected, url, world, console_errors
):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()
    held = hold(connected, "**/api/v1/feed?limit=50", frame="taskpane", most=1)
    pane.get_by_role("tab", name="Feed").click()
    late = held.take()
    db.execute("UPDATE api_token SET revoked_at = created_at WHERE scope = 'read'")
    pane.get_by_role("tab", name="Settings").click()
    asked_for_tokens(connected, pane).fulfill(json=tokens_of(world))
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()

    assert answered(connected, late).status == 401
    pane.get_by_role("tab", name="Settings").click()

    expect(pane.get_by_role("button", name="Disconnect")).to_be_visible()


def test_the_panel_wears_the_theme_and_speaks_the_language_of_the_preferences(
    connected, url, world
):
    preferences.store(world.alice.id, {"theme": "dark", "language": "de"})
    connected.evaluate("localStorage.setItem('telltale.theme', 'light')")
    pane = open_window(connected, url)
    connected.click("#pane")
    page = pane.locator("html")

    expect(page).to_have_attribute("data-theme", "dark")
    pane.get_by_role("tab", name="Settings").click()
    expect(pane.get_by_label("Theme")).to_have_value("dark")
    with theme_told(connected):
        pane.get_by_label("Theme").select_option("system")
    expect(page).not_to_have_attribute("data-theme", re.compile("."))
    assert theme_of(world) == "system"
    connected.click("#pane")
    connected.click("#pane")
    pane.get_by_role("tab", name="Einstellungen").click()
    expect(pane.get_by_label("Darstellung")).to_have_value("system")


def theme_of(world):
    return preferences.all_of(User.get_by_id(world.alice.id))["theme"]


def test_a_theme_that_could_not_be_kept_is_not_worn(connected, url, world, console_errors):
    preferences.store(world.alice.id, {"theme": "dark"})
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Settings").click()
    chosen = pane.get_by_label("Theme")
    expect(chosen).to_have_value("dark")
    connected.route("**/api/v1/preferences", lambda route: route.abort())

    chosen.select_option("light")
    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    expect(chosen).to_have_value("dark")
    expect(pane.locator("html")).to_have_attribute("data-theme", "dark")
    connected.unroute("**/api/v1/preferences")
    pane.get_by_role("button", name="Try again").click()

    expect(chosen).to_have_value("light")
    expect(pane.get_by_text("Telltale cannot be reached")).to_have_count(0)
    wait_until(lambda: connected.evaluate("1") and theme_of(world) == "light", what="the choice")
    console_errors.clear()


def test_a_panel_that_could_not_be_disconnected_says_so_and_where_else(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Settings").click()
    leave = pane.get_by_role("button", name="Disconnect")
    connected.route("**/api/v1/addin/token", lambda route: route.abort())

    leave.click()

    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    link = pane.get_by_role("link", name="Panels and API tokens")
    expect(link).to_have_attribute("href", f"{url}/console/preferences#tokens")
    connected.unroute("**/api/v1/addin/token")
    pane.get_by_role("button", name="Try again").click()
    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    console_errors.clear()


def test_a_disconnected_panel_leaves_no_token_that_opens_anything(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Settings").click()
    asked = {token.scope for token in own_access.tokens_of(world.alice.id)}

    pane.get_by_role("button", name="Disconnect").click()
    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()

    assert asked == {"read", "stamp"}
    assert own_access.tokens_of(world.alice.id) == []


WORN = """html => {
    globalThis.worn = [];
    new MutationObserver(() => worn.push(html.dataset.theme ?? "system"))
        .observe(html, { attributeFilter: ["data-theme"] });
}"""


def test_what_was_told_before_another_theme_was_chosen_is_not_worn(connected, url):
    held = hold(connected, "**/api/v1/addin/handler", most=1)
    pane = open_window(connected, url)
    connected.click("#pane")
    late = held.take()
    told = late.fetch()
    pane.get_by_role("tab", name="Settings").click()
    pane.get_by_label("Theme").wait_for()
    pane.locator("html").evaluate(WORN)
    with theme_told(connected):
        pane.get_by_label("Theme").select_option("dark")

    answered(connected, late, response=told)
    pane.get_by_role("tab", name="Mail").click()

    expect(pane.get_by_text("Automatic tracking")).to_be_visible()
    assert set(pane.locator("html").evaluate("() => worn")) == {"dark"}


def test_while_a_theme_is_being_kept_the_panel_asks_for_no_other(connected, url):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_text("Automatic tracking")).to_be_visible()
    pane.get_by_role("tab", name="Settings").click()
    pane.get_by_label("Theme").wait_for()
    pane.locator("html").evaluate(WORN)
    held = hold(connected, "**/api/v1/preferences", method="PUT")
    pane.get_by_label("Theme").select_option("dark")
    held.wait()

    with connected.expect_response("**/api/v1/stamps/preview"):
        pane.get_by_role("tab", name="Mail").click()
    gone_on(pane)
    held.let_go()

    expect(pane.get_by_text("Automatic tracking")).to_be_visible()
    assert set(pane.locator("html").evaluate("() => worn")) == {"dark"}


def test_of_two_themes_chosen_at_once_the_last_is_kept(connected, url, world):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Settings").click()
    held = hold(connected, "**/api/v1/preferences", method="PUT", most=1)
    pane.get_by_label("Theme").select_option("dark")
    pane.get_by_label("Theme").select_option("light")
    first = held.take()
    gone_on(pane)
    answered(connected, first)  # it arrives late

    wait_until(lambda: connected.evaluate("1") and theme_of(world) == "light", what="the last one")
    gone_on(pane)
    assert theme_of(world) == "light"
    expect(pane.locator("html")).to_have_attribute("data-theme", "light")


def test_of_two_themes_of_which_none_could_be_kept_the_one_before_is_worn(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    connected.click("#pane")
    pane.get_by_role("tab", name="Settings").click()
    held = hold(connected, "**/api/v1/preferences", method="PUT")
    pane.get_by_label("Theme").select_option("dark")
    pane.get_by_label("Theme").select_option("light")
    held.wait()

    held.abort()

    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    expect(pane.get_by_label("Theme")).to_have_value("system")
    expect(pane.locator("html")).not_to_have_attribute("data-theme", re.compile("."))
    console_errors.clear()


def test_without_the_handlers_settings_in_the_mailbox_it_is_not_connected(outlook, url, world):
    another_host(outlook, {"if (id === 404) {": "if (id === 404) return failed(); else if (!id) {"})
    pane = open_window(outlook, url)
    outlook.click("#pane")
    asked_for_tokens(outlook, pane).fulfill(json=tokens_of(world))
    expect(pane.get_by_text("Something went wrong")).to_be_visible()

    pane.get_by_role("tab", name="Settings").click()

    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_who_presses_connect_twice_has_one_code(outlook, url, console_errors):
    pane = open_window(outlook, url)
    outlook.click("#pane")
    held = hold(outlook, "**/api/v1/pairing/start")

    pane.get_by_role("button", name="Connect").dblclick()
    held.take().abort()
    pane.get_by_role("button", name="Try again").dblclick()
    held.wait(2)
    held.let_go()

    expect(pane.locator(".code")).to_be_visible()
    expect(pane.get_by_role("link", name="Open")).to_be_focused()
    assert held.came == 2
    console_errors.clear()


ELSEWHERE = (
    ("the mail she writes", lambda page, pane: page.locator("#body")),
    ("a tab", lambda page, pane: pane.get_by_role("tab", name="Feed")),
)


@pytest.mark.parametrize(("why", "place"), ELSEWHERE)
def test_a_code_that_comes_late_takes_the_focus_from_nothing(outlook, url, why, place):
    pane = open_window(outlook, url)
    outlook.click("#pane")
    held = hold(outlook, "**/api/v1/pairing/start")
    pane.get_by_role("button", name="Connect").click()
    held.wait()
    elsewhere = place(outlook, pane)
    elsewhere.focus()

    held.let_go()

    expect(pane.locator(".code")).to_be_visible()
    gone_on(pane)
    expect(elsewhere).to_be_focused()


def unread_comes(page):
    """Have the panel ask how many are unread all the time."""
    another_script(page, "addin/static/panel.js", {"UNREAD_MS = 60_000": "UNREAD_MS = 200"})


def test_who_has_just_connected_is_told_of_what_is_new(outlook, url, world):
    unread_comes(outlook)
    world.send(CAROL, at=clock.now() - timedelta(minutes=5))
    pane = open_window(outlook, url)
    outlook.click("#pane")
    asked_for_tokens(outlook, pane).fulfill(json=tokens_of(world))
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()

    opened(world)

    expect(pane.locator(".counter")).to_have_text("1")


def test_beside_a_mail_with_a_history_one_is_told_of_what_is_new(connected, url, world):
    unread_comes(connected)
    world.send(CAROL, at=clock.now() - timedelta(minutes=5))
    keep(connected, mail_of("An answer", CAROL, OWN))
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()  # it hears of other mails
    connected.get_by_role("button", name="An answer").click()
    expect(pane.get_by_role("heading", name="Last contact")).to_be_visible()
    expect(pane.locator(".card.empty")).to_be_visible()

    opened(world)

    expect(pane.locator(".counter")).to_have_text("1")


def unread_before(page, url, world):
    """The panel beside a draft, and its question for what is unread, which is held back."""
    world.send(CAROL, at=clock.now() - timedelta(minutes=5))
    opened(world)
    held = hold(page, "**/api/v1/feed?limit=1", frame="taskpane", most=1)
    pane = open_window(page, url)
    page.click("#pane")
    return pane, held.take()


def seven_unread(page, pane, late):
    """Let the answer come, and the panel do with it what it does."""
    answered(page, late, json={"items": [], "next": None, "unread": 7})
    gone_on(pane)


def test_what_was_unread_before_the_feed_was_looked_at_is_not_told_beside_it(connected, url, world):
    pane, late = unread_before(connected, url, world)
    pane.get_by_role("tab", name="Feed").click()
    expect(pane.locator(".engagement")).to_be_visible()

    seven_unread(connected, pane, late)

    assert pane.locator(".counter").text_content() != "7"


def test_what_was_unread_before_the_feed_was_looked_at_is_not_told_after_it(connected, url, world):
    pane, late = unread_before(connected, url, world)
    pane.get_by_role("tab", name="Feed").click()
    expect(pane.locator(".engagement")).to_be_visible()
    pane.get_by_role("tab", name="Mail").click()

    seven_unread(connected, pane, late)

    assert pane.locator(".counter").text_content() != "7"


def test_a_panel_that_is_disconnected_tells_nobody_how_much_is_unread(connected, url, world):
    pane, late = unread_before(connected, url, world)
    pane.get_by_role("tab", name="Settings").click()
    pane.get_by_role("button", name="Disconnect").click()
    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()

    seven_unread(connected, pane, late)

    expect(pane.locator(".counter")).to_be_hidden()


def beside_links(page, pane):
    """The panel beside a draft with three links, each with a switch of its own."""
    page.click("#pane")
    expect(pane.get_by_role("heading", name="3 links")).to_be_visible()
    write(page, CAROL)
    expect(pane.get_by_role("region", name="Recipients")).to_contain_text(CAROL)
    return pane.get_by_role("switch", name=re.compile("Our price list"))


def test_the_focus_stays_on_the_switch_of_a_link_that_is_drawn_anew(connected, url):
    pane = open_window(connected, url)
    switch = beside_links(connected, pane)
    drawn = switch.element_handle()

    switch.focus()
    connected.keyboard.press("Space")

    wait_until(lambda: not drawn.evaluate("it => it.isConnected"), what="the next look")
    expect(switch).to_be_focused()
    expect(switch).not_to_be_checked()


# As some browsers do: what had a frame's focus is still named there when it has gone elsewhere.
STILL_NAMED = """it => Object.defineProperty(document, "activeElement", { get: () => it })"""


def test_nothing_takes_the_focus_from_the_mail_that_is_written(connected, url):
    pane = open_window(connected, url)
    switch = beside_links(connected, pane)
    switch.focus()
    drawn = switch.element_handle()

    connected.locator("#body").focus()
    drawn.evaluate(STILL_NAMED)
    connected.keyboard.type("x")

    wait_until(lambda: not drawn.evaluate("it => it.isConnected"), what="the next look")
    expect(connected.locator("#body")).to_be_focused()


def test_the_focus_goes_to_the_tab_when_what_had_it_is_gone(connected, url):
    pane = beside_a_stranger(connected, url)

    connected.keyboard.press("Enter")

    expect(pane.get_by_role("heading", name="Zoe", exact=True)).to_be_visible()
    expect(pane.get_by_role("tabpanel")).to_be_focused()


def beside_a_stranger(page, url):
    """The panel with the form that adds the one whom the draft goes to."""
    pane = open_window(page, url)
    page.click("#pane")
    write(page, "zoe@new.test")
    pane.get_by_role("tab", name="Person").click()
    pane.get_by_label("Name").fill("Zoe")
    return pane


def people_at(world, address):
    return [each.name for each in finding.at_address(world.alice.org_id, address)]


ADDS = "**/api/v1/people"


def test_who_presses_add_twice_adds_one_person(connected, url, world):
    pane = beside_a_stranger(connected, url)
    held = hold(connected, ADDS)

    pane.get_by_role("button", name="Add").dblclick()
    held.wait()
    pane.get_by_label("Name").press("Enter")
    gone_on(pane)
    held.let_go()

    expect(pane.get_by_role("heading", name="Zoe", exact=True)).to_be_visible()
    assert people_at(world, "zoe@new.test") == ["Zoe"]
    assert held.came == 1


LOST = (
    ("nobody was reached", lambda route: route.abort()),
    ("the answer was lost", lambda route: route.fetch() and route.abort()),
)


@pytest.mark.parametrize(("why", "fail"), LOST)
def test_a_person_who_could_not_be_added_is_added_once_by_trying_again(
    connected, url, world, console_errors, why, fail
):
    pane = beside_a_stranger(connected, url)
    connected.route(ADDS, fail)
    pane.get_by_role("button", name="Add").click()
    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    connected.unroute(ADDS)

    pane.get_by_role("button", name="Try again").click()

    expect(pane.get_by_role("heading", name="Zoe", exact=True)).to_be_visible()
    assert people_at(world, "zoe@new.test") == ["Zoe"], why
    console_errors.clear()


def test_a_name_is_asked_for_again_before_a_person_is_added_again(
    connected, url, world, console_errors
):
    pane = beside_a_stranger(connected, url)
    connected.route(ADDS, lambda route: route.abort())
    pane.get_by_role("button", name="Add").click()
    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    connected.unroute(ADDS)
    pane.get_by_label("Name").fill("")

    pane.get_by_role("button", name="Try again").click()

    expect(pane.get_by_label("Name")).to_be_focused()
    assert people_at(world, "zoe@new.test") == []
    console_errors.clear()


def test_the_switch_of_a_link_shows_what_holds_when_a_choice_fails(connected, url, console_errors):
    pane = open_window(connected, url)
    switch = beside_links(connected, pane)
    connected.route("**/api/v1/stamps", lambda route: route.abort())

    switch.click()  # uncheck() would look for a state that is taken back by then

    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    expect(switch).to_be_checked()
    console_errors.clear()


def test_of_two_choices_the_second_does_not_hide_that_the_first_has_failed(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    beside_links(connected, pane)
    held = hold(connected, "**/api/v1/stamps", frame="taskpane")
    for name in ("Opens", "Links"):
        pane.locator(".switches").get_by_role("switch", name=name).uncheck()

    held.take().abort()
    pane.get_by_role("button", name="Try again").click()
    answered(connected, held.take())

    expect(pane.get_by_text("Tracking is off for this mail.")).to_be_visible()
    for name in ("Opens", "Links"):
        expect(pane.locator(".switches").get_by_role("switch", name=name)).not_to_be_checked()
    assert held.came == 2
    console_errors.clear()


def test_that_a_choice_has_failed_is_said_though_what_was_asked_before_is_answered_later(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    beside_links(connected, pane)
    held = hold(connected, "**/api/v1/stamps/preview")
    write(connected, f"{CAROL}, {DANA}")
    held.wait()
    connected.route("**/api/v1/stamps", lambda route: route.abort())
    pane.locator(".switches").get_by_role("switch", name="Opens").click()
    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()

    held.let_go()
    expect(pane.get_by_text("Left alone")).to_be_visible()

    expect(pane.get_by_text("Telltale cannot be reached")).to_be_visible()
    connected.unroute("**/api/v1/stamps")
    pane.get_by_role("button", name="Try again").click()
    expect(pane.get_by_text("Telltale cannot be reached")).to_have_count(0)
    expect(pane.locator(".switches").get_by_role("switch", name="Opens")).not_to_be_checked()
    console_errors.clear()


def test_what_is_chosen_while_the_draft_is_looked_at_is_shown_by_the_next_look(connected, url):
    another_script(connected, "addin/static/compose.js", {"LOOK_MS = 3000": "LOOK_MS = 3e6"})
    pane = open_window(connected, url)
    beside_links(connected, pane)
    held = hold(connected, "**/api/v1/stamps/preview")
    write(connected, f"{CAROL}, {DANA}")
    held.wait()

    with choice_told(connected):
        pane.get_by_role("switch", name="Opens").uncheck()
    pane.get_by_role("switch", name="Opens").focus()
    with connected.expect_request("**/api/v1/stamps/preview") as asked:
        held.let_go()

    assert asked.value.post_data_json["opens"] is False


def test_a_choice_that_a_token_which_is_over_cannot_write_leads_back_to_connecting(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    connected.click("#pane")
    expect(pane.get_by_role("switch", name="Opens")).to_be_checked()
    db.execute("UPDATE api_token SET revoked_at = created_at WHERE scope = 'stamp'")

    pane.get_by_role("switch", name="Opens").click()  # uncheck() would wait for it, and it is gone

    expect(pane.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    console_errors.clear()


def test_what_would_be_measured_is_not_shown_as_known_while_nobody_can_tell(
    connected, url, console_errors
):
    pane = open_window(connected, url)
    beside_links(connected, pane)
    told = pane.get_by_text("This mail will be tracked when you send it.")
    expect(told).to_be_visible()
    connected.route("**/api/v1/stamps/preview", lambda route: route.abort())

    write(connected, DANA)

    expect(pane.get_by_role("status")).to_contain_text("Telltale cannot be reached")
    assert pane.locator("[role=status] [role=alert]").count() == 0  # it would be said twice
    expect(told).to_have_count(0)
    write(connected, CAROL)
    connected.unroute("**/api/v1/stamps/preview")
    expect(told).to_be_visible()
    console_errors.clear()


SAID = """it => {
    globalThis.said = 0;
    new MutationObserver(() => { said += 1; }).observe(it, { childList: true, subtree: true });
}"""


def test_what_stays_so_while_a_mail_is_written_is_said_once(connected, url):
    pane = open_window(connected, url)
    beside_links(connected, pane)
    expect(pane.get_by_role("status")).to_contain_text("will be tracked")
    pane.get_by_role("status").evaluate(SAID)

    connected.locator("#body a").first.evaluate("it => it.remove()")
    connected.locator("#body").dispatch_event("input")
    expect(pane.get_by_role("heading", name="2 links")).to_be_visible()

    assert pane.locator("html").evaluate("said") == 0


def test_a_press_on_send_counts_though_the_note_above_it_comes_at_that_moment(connected, url):
    held = hold(connected, "**/api/v1/stamps", frame="events", most=1)
    open_window(connected, url)
    write(connected, CAROL)
    held.wait()
    expect(connected.locator("#note")).to_be_hidden()
    connected.locator("#send").hover()

    connected.mouse.down()
    held.let_go()
    expect(connected.locator("#note")).to_be_visible()
    connected.mouse.up()

    expect(connected.locator("#reading")).to_be_visible()


def test_a_mail_that_is_on_its_way_is_sent_once_and_leaves_the_next_draft_open(
    connected, url, console_errors
):
    open_window(connected, url)
    write(connected, CAROL)
    held = hold(connected, "**/playground/outlook/send")
    for _ in range(2):
        connected.click("#send")
    first = held.take()
    connected.click("#new")
    write(connected, DANA, "The next one")

    first.continue_()

    expect(connected.locator("#sent button")).to_have_count(1)
    expect(connected.locator("#subject")).to_be_visible()
    expect(connected.locator("#subject")).to_have_value("The next one")
    connected.click("#send")
    held.take().abort()
    expect(connected.locator("#fault")).to_be_visible()
    assert held.came == 2
    console_errors.clear()
