"""The Feed in a browser: what it shows and says, by eye, keyboard and screen reader."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.models import preferences
from backend.models.access import Scope, issue_token
from backend.models.mail import Stamp
from backend.models.org import Session
from backend.tracking import outcomes
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.outcomes import Outcome
from tests.browser import TIMEOUT_MS
from tests.holding import answered, gone_on, hold
from tests.screens import BUDGET_BYTES, ENDLESS_PATIENCE, weight
from tests.waiting import wait_until
from tests.world import APPLE_MPP, CAROL, DANA, GMAIL_PROXY, LEO, NOON, hit, record

FEED = "/console/feed"
API = re.compile(r"/api/v1/feed\?")
HOSTILE = '"><script>window.hacked=1</script>\u202e{{7*7}}<img src=x onerror="window.hacked=1">'
HOUR = 3600
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"


@pytest.fixture(scope="module")
def database_url():
    return ""


class Story:
    """A mail to carol and leo three hours ago, and what happened to it since."""

    def __init__(self, world, **changes):
        self.world = world
        sent_at = clock.now() - timedelta(hours=3)
        self.mail = world.send(CAROL, LEO, at=sent_at, per_recipient=True, **changes)

    def open(self, seconds_ago, address=CAROL, **changes):
        token = self.world.open_token(self.mail, address)
        record(hit(token, after=_since_noon(seconds_ago), **changes))

    def click(self, seconds_ago, position=0):
        token = self.world.click_token(self.mail, position)
        record(hit(token, Kind.CLICK, after=_since_noon(seconds_ago)))


def _since_noon(seconds_ago):
    return (clock.now() - NOON).total_seconds() - seconds_ago


@pytest.fixture
def story(world):
    return Story(world)


@pytest.fixture
def full(story):
    """Opens by carol and leo, one by leo's Apple Mail alone, an old click of carol's."""
    story.click(2 * HOUR)
    story.open(2400, LEO, user_agent=APPLE_MPP)
    story.open(1200, LEO)
    story.open(300)
    return story


@pytest.fixture
def context(browser):
    """A fresh profile where it is about noon, so that all of `full` is today's."""
    zone = f"Etc/GMT{clock.now().hour - 12:+d}"  # POSIX: west of Greenwich is +
    fresh = browser.new_context(locale="en-GB", timezone_id=zone)
    fresh.set_default_timeout(TIMEOUT_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def feed(site, rep):
    """Go to the Feed and wait until it shows so many rows."""

    def shown(count, query=""):
        rep.goto(f"{site}{FEED}{query}")
        expect(rows(rep)).to_have_count(count)
        return rep

    return shown


def rows(page):
    return page.locator("li.engagement")


def status(page):
    return page.locator("#feed").get_by_role("status")


@pytest.mark.req("R37")
def test_it_tells_who_did_what_on_which_mail_and_why(feed, full):
    page = feed(3)

    newest = rows(page).first
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    for text in ("Carol", "Likely opened", "Offer", "5 min ago"):
        expect(newest).to_contain_text(text)
    newest.get_by_text("Why?").press("Enter")
    expect(newest).to_contain_text("Loaded by a mail program that names itself.")
    expect(newest).to_contain_text("A person")
    expect(newest).to_contain_text("High (0.9)")
    named_zone = re.compile(r"(UTC|GMT|Etc/GMT[+-]\d+)$")
    expect(newest.locator("time")).to_have_attribute("title", named_zone)


@pytest.mark.req("R10")
def test_what_was_sent_untracked_is_said_with_its_reasons(feed, full, world, eyes):
    world.send(DANA, subject="To Dana", at=clock.now() - timedelta(hours=1))
    page = feed(3)

    page.get_by_text("1 mail was sent untracked").press("Enter")

    expect(page.get_by_text("Do Not Track is set for this person.")).to_be_visible()
    expect(page.get_by_text("To Dana")).to_be_visible()
    assert eyes.faults(page, "feed-untracked", (320,)) == []


LOOKS = ("empty", "full", "loading", "error", "offline")


@pytest.mark.parametrize("state", LOOKS)
def test_every_state_is_accessible_in_every_look(site, rep, eyes, world, state, console_errors):
    if state == "full":
        story = Story(world)
        story.click(2 * HOUR)
        story.open(1200, LEO)
        story.open(300)
        story.open(200)
    trouble(rep, API, state)
    rep.goto(site + FEED)
    expect(rep.get_by_text(SAID[state]).first).to_be_attached()
    if state == "full":
        rows(rep).first.get_by_text("Why?").click()

    assert eyes.faults(rep, f"feed-{state}") == []
    expect(rep.get_by_text(SAID[state]).first).to_be_attached()
    console_errors.clear()


def trouble(page, api, state):
    """Let the page's questions wait, fail or find no network."""
    if state == "loading":
        page.add_init_script(ENDLESS_PATIENCE)
        page.route(api, lambda route: None)
    if state == "error":
        page.route(api, lambda route: route.fulfill(status=503, json={"detail": "away"}))
    if state == "offline":
        page.route(api, lambda route: route.abort("internetdisconnected"))


SAID = {
    "empty": "Nothing here yet",
    "full": "Today",
    "loading": "Loading",
    "error": "The Feed cannot be fetched",
    "offline": "No connection",
}


@pytest.mark.req("R20")
def test_what_machines_did_is_hidden_until_asked_for(feed, full):
    page = feed(3)
    switch = page.get_by_role("switch", name="Hide automatic")
    expect(switch).to_be_checked()

    switch.press("Space")

    expect(rows(page)).to_have_count(4)
    expect(rows(page).nth(2)).to_contain_text("Loaded automatically")
    expect(switch).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?include_automatic=true$"))
    page.reload()
    expect(switch).not_to_be_checked()
    expect(rows(page)).to_have_count(4)


def test_it_is_narrowed_to_a_kind_a_person_or_a_mail(feed, full):
    page = feed(3)

    page.get_by_role("button", name="Clicks").click()
    expect(rows(page)).to_have_count(1)
    expect(status(page)).to_have_text("1 entry shown")
    expect(page.get_by_role("button", name="Clicks")).to_be_focused()
    page.get_by_role("button", name="Bounces").click()
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(rows(page)).to_have_count(3)

    rows(page).nth(1).get_by_text("Why?").click()
    page.get_by_role("button", name="Only this person").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Only Leo").click()
    expect(rows(page)).to_have_count(3)


def test_it_is_narrowed_to_one_mail_and_back(feed, full, world):
    Story(world, subject="Another").open(60)
    page = feed(4)

    rows(page).first.get_by_text("Why?").click()
    page.get_by_role("button", name="Only this mail").click()

    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("Another")
    page.get_by_role("button", name="Only “Another”").click()
    expect(rows(page)).to_have_count(4)


def test_the_heading_of_a_day_stays_in_view_while_its_rows_pass(feed, world):
    for minute in range(12):
        Story(world, subject=f"Offer {minute}").open(60 + minute)
    page = feed(12)
    page.set_viewport_size({"width": 768, "height": 400})
    heading = page.locator(".day > h2").first

    page.evaluate("scrollTo({ top: 500, behavior: 'instant' })")

    assert rows(page).first.bounding_box()["y"] < 0
    assert heading.bounding_box()["y"] == pytest.approx(0, abs=1)
    assert heading.evaluate("it => getComputedStyle(it).backgroundColor") != "rgba(0, 0, 0, 0)"


@pytest.mark.req("R37")
def test_what_is_new_waits_behind_a_button_and_moves_nothing(feed, full, site):
    page = feed(3)
    rows(page).first.get_by_text("Why?").focus()
    before = rows(page).first.bounding_box()
    full.open(2, LEO, user_agent="Thunderbird/128.0")
    full.click(1)

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.get_by_role("button", name="2 new")).to_be_visible()
    expect(status(page)).to_have_text("2 new")
    expect(rows(page)).to_have_count(3)
    assert rows(page).first.bounding_box() == before
    expect(rows(page).first.locator("summary")).to_be_focused()

    page.get_by_role("button", name="2 new").focus()
    full.open(0.5, LEO, user_agent="Thunderbird/128.0", reader="another")
    page.evaluate("dispatchEvent(new Event('online'))")
    button = page.get_by_role("button", name="3 new")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(button).not_to_be_attached()
    expect(rows(page).first).to_contain_text("Thunderbird")


def test_an_unchanged_feed_is_polled_without_a_body_and_only_while_it_is_seen(feed, rep, full):
    with rep.expect_response(re.compile("/api/v1/feed/seen")):  # what is on the screen is by then
        page = feed(3)
    answers = []
    page.on("response", lambda one: answers.append(one.status) if API.search(one.url) else None)

    def poll():
        before = len(answers)
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: _turn(page, answers) > before, what="the poll's answer")
        return answers[-1]

    poll()  # since the marks moved it is another answer, which the page first has to take in
    wait_until(lambda: poll() == 304, what="an answer without a body")
    assert set(answers) <= {200, 304}


def _turn(page, answers):
    page.wait_for_timeout(20)
    return len(answers)


@pytest.mark.req("R37")
def test_what_is_unread_is_marked_and_cleared_in_every_panel_by_looking(feed, full, site):
    page = feed(3)
    place = page.get_by_role("link", name="Feed")
    expect(rows(page).first).to_contain_text("unread")
    assert page.locator("[data-unread]").count() == 3
    weight_of_name = (
        rows(page).first.locator(".who").evaluate("it => getComputedStyle(it).fontWeight")
    )
    assert weight_of_name == "600"

    expect(page.locator("[data-counter]")).to_be_hidden()  # after a second of looking
    assert page.locator("[data-unread]").count() == 3  # but the marks stay for this visit
    page.goto(f"{site}/console/sent")
    expect(page.locator("[data-counter]")).not_to_be_visible()
    full.open(1, LEO, user_agent="Thunderbird/128.0")
    page.reload()
    expect(place).to_have_text(re.compile(r"Feed\s*1 unread"))
    feed(3)  # folded into the one of twenty minutes ago, which comes first again
    assert page.locator("[data-unread] .who").all_text_contents() == ["Leo"]


@pytest.mark.req("R31")
def test_answers_and_bounces_are_told_as_such_and_name_no_device(feed, story):
    stamp = Stamp.get_by_id(story.mail.id)
    at = clock.now() - timedelta(hours=1)
    outcomes.record(stamp, Outcome("reply", CAROL, None, at, "reply_by_thread", "a"))
    at += timedelta(minutes=1)
    outcomes.record(stamp, Outcome("bounce", LEO, None, at, "bounced_for_now", "b", "5.2.2"))

    bounce, reply = (rows(feed(2)).nth(number) for number in range(2))

    expect(bounce).to_contain_text("Bounced for now")
    expect(bounce).to_contain_text("Code 5.2.2")
    expect(reply).to_contain_text("Replied")
    expect(reply).not_to_contain_text("device")
    reply.locator("summary").click()
    expect(reply).to_contain_text("in the same conversation")


def test_a_forward_is_one_hint_with_its_reasons_behind_why(feed, story):
    elsewhere = NetworkFacts(asn=64501)
    story.open(2 * HOUR, network=NetworkFacts(asn=64500))
    story.open(300, user_agent=THUNDERBIRD, network=elsewhere)

    row = rows(feed(2)).first

    expect(row.locator(".badge")).to_have_text(["Likely opened", "Maybe forwarded"])
    row.locator("summary").click()
    expect(row).to_contain_text("another mail program")
    expect(row).to_contain_text("another network")


def test_repeats_are_one_row_that_lists_each(feed, story):
    for seconds_ago in (1700, 1200, 600, 100):
        story.open(seconds_ago)
    page = feed(1)

    row = rows(page).first
    expect(row).to_contain_text("loaded 4 times")
    row.get_by_text("Why?").click()
    expect(row.get_by_role("heading", name="All of them")).to_be_visible()
    assert row.locator(".explanation ol li").count() == 4


def test_a_click_takes_in_the_opens_of_its_visit(feed, story):
    story.open(500)
    story.click(400)
    page = feed(1)

    row = rows(page).first
    expect(row).to_contain_text("Clicked “A”")
    expect(row).to_contain_text("opened in the same visit")
    row.get_by_text("Why?").click()
    expect(row.get_by_role("heading", name="Opened in the same visit")).to_be_visible()


FOLDS = """async (items) => {
    const { fold } = await import(document.querySelector('script[src*="feed_page"]').src
        .replace("feed_page", "fold"));
    const ids = (list) => list.map((one) => one.id).join("");
    return fold(items).map(({ lead, same, opens }) => `${lead.id}/${ids(same)}/${ids(opens)}`);
}"""


def item(name, minute, **changes):
    values = {
        "id": name, "kind": "open", "verdict": "human", "label": "likely_opened", "counted": True,
        "occurred_at": f"2026-11-20T12:{59 - minute:02}:00Z", "stamp": {"id": "m"}, "link": None,
        "person": {"id": "carol"}, "recipients": [], "client_label": "x", "repeats": 0,
    }  # fmt: skip
    return values | changes


CLICK = {"kind": "click", "label": "clicked", "link": {"position": 0}}
SHARED = {"person": None, "recipients": [1, 2]}
FOLDINGS = (
    ("the same within half an hour", [item("a", 0), item("b", 30)], ["a/ab/"]),
    ("later it is another", [item("a", 0), item("b", 31)], ["a/a/", "b/b/"]),
    ("another mail", [item("a", 0), item("b", 1, stamp={"id": "n"})], ["a/a/", "b/b/"]),
    ("another person", [item("a", 0), item("b", 1, person={"id": "leo"})], ["a/a/", "b/b/"]),
    ("another class", [item("a", 0), item("b", 1, verdict="scanner")], ["a/a/", "b/b/"]),
    ("others in between", [item("a", 0), item("b", 1, stamp={"id": "n"}), item("c", 2)],
     ["a/ac/", "b/b/"]),
    ("a click and its visit", [item("a", 0, **CLICK), item("b", 1), item("c", 2)], ["a/a/bc"]),
    ("an open after the click", [item("a", 0), item("b", 1, **CLICK)], ["a/a/", "b/b/"]),
    ("a machine's load is no visit", [item("a", 0, **CLICK), item("b", 1, counted=False)],
     ["a/a/", "b/b/"]),
    ("another link", [item("a", 0, **CLICK), item("b", 1, **CLICK | {"link": {"position": 1}})],
     ["a/a/", "b/b/"]),
    ("nobody knows who of several", [item("a", 0, **SHARED),
     item("b", 1, **SHARED, client_label="y")], ["a/a/", "b/b/"]),
    ("perhaps the same of several", [item("a", 0, **SHARED), item("b", 1, **SHARED)], ["a/ab/"]),
    ("none", [], []),
)  # fmt: skip


def test_what_folds_into_one_row(site, rep, world):
    rep.goto(site + FEED)

    found = {why: rep.evaluate(FOLDS, items) for why, items, _ in FOLDINGS}

    assert found == {why: groups for why, _, groups in FOLDINGS}


def test_older_ones_are_added_below_and_said(feed, world, site):
    for minute in range(60):
        Story(world, subject=f"Offer {minute}").open(60 * minute + 90)
    page = feed(50)

    page.get_by_role("button", name="Show older").press("Enter")

    expect(rows(page)).to_have_count(60)
    expect(status(page)).to_have_text("10 more shown")
    expect(page.get_by_role("button", name="Show older")).not_to_be_attached()


def test_what_is_new_comes_above_all_that_is_there(feed, world):
    """Also where the newest page ends between two of the same moment."""
    for minute in range(48):
        Story(world, subject=f"Offer {minute}").open(60 * minute + 90)
    mail = world.send(CAROL, LEO, per_recipient=True)
    tokens = [world.open_token(mail, address) for address in (CAROL, LEO)]
    after = _since_noon(2 * HOUR)
    record(*(hit(token, after=after) for token in tokens))
    page = feed(50)
    Story(world, subject="Another").open(1)

    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="1 new").press("Enter")

    expect(rows(page).first).to_contain_text("Another")
    assert rows(page).count() == 51
    expect(page.get_by_role("button", name="Show older")).not_to_be_attached()


OLDER = re.compile(r"/api/v1/feed\?.*before=")


def test_older_ones_that_come_after_a_page_of_new_ones_leave_no_gap(feed, world):
    stories = [Story(world, subject=f"Offer {number}") for number in range(60)]
    for number, story in enumerate(stories):
        story.open(60 * number + 90)
    page = feed(50)
    held = hold(page, OLDER)
    older = page.get_by_role("button", name="Show older")
    older.press("Enter")
    call = held.take()
    for story in stories:
        story.open(30, LEO)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="50 new or more").press("Enter")
    expect(rows(page).first).to_contain_text("Leo")

    answered(page, call)
    gone_on(page)

    assert rows(page).count() == 50
    held.let_go()
    older.press("Enter")
    expect(rows(page)).to_have_count(100)
    older.press("Enter")
    expect(rows(page)).to_have_count(120)


def stand_still(page):
    """Let no time pass on the page but what `page.clock` is told to."""
    page.clock.install()
    page.clock.pause_at(clock.now() + timedelta(minutes=1))


def older_held(feed, world):
    """A Feed of sixty; what is held of it, and the first call held: before another choice."""
    for minute in range(60):
        Story(world, subject=f"Offer {minute}").open(60 * minute + 90)
    page = feed(50)
    held = hold(page, OLDER)
    page.get_by_role("button", name="Show older").press("Enter")
    call = held.take()
    with page.expect_response(re.compile("kind=open")):
        page.get_by_role("button", name="Opens").click()
    expect(page.locator(".days")).not_to_have_attribute("aria-busy", "true")
    return page, held, call


def test_what_fails_late_for_another_choice_is_not_told(feed, world, console_errors):
    page, _, call = older_held(feed, world)

    with page.expect_event("requestfailed"):
        call.abort()
    gone_on(page)

    assert page.locator("#feed .message").count() == 0
    console_errors.clear()


def test_what_takes_long_for_a_choice_before_leaves_the_rows_of_the_last(feed, full):
    page = feed(3)
    held = hold(page, re.compile("/api/.*kind=open"))
    stand_still(page)
    page.get_by_role("button", name="Opens").click()
    held.wait()
    page.get_by_role("button", name="Clicks").click()
    expect(rows(page)).to_have_count(1)

    page.clock.run_for(1000)

    assert rows(page).count() == 1


def test_older_ones_of_another_choice_can_be_had_at_once(feed, world):
    page, held, call = older_held(feed, world)

    page.get_by_role("button", name="Show older").click()
    held.take().fallback()

    expect(rows(page)).to_have_count(60)
    page.get_by_role("button", name="Clicks").click()
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    answered(page, call)
    gone_on(page)
    assert rows(page).count() == 0


def test_what_was_asked_for_before_another_choice_does_not_free_its_button(feed, world):
    page, held, call = older_held(feed, world)
    older = page.get_by_role("button", name="Show older")
    older.press("Enter")
    held.wait(2)

    answered(page, call)
    gone_on(page)
    older.press("Enter")

    expect(older).to_have_attribute("aria-disabled", "true")
    held.let_go()
    expect(rows(page)).to_have_count(60)
    assert held.came == 2


def test_while_another_choice_is_on_its_way_no_older_ones_are_asked_for(feed, world):
    for minute in range(60):
        Story(world, subject=f"Offer {minute}").open(60 * minute + 90)
    page = feed(50)
    held, asked = hold(page, re.compile("/api/.*kind=open")), []
    page.on("request", lambda one: asked.append(one) if OLDER.search(one.url) else None)
    stand_still(page)  # after 300 ms grey lines take the place of the rows and of their button
    page.get_by_role("button", name="Opens").click()
    held.wait()

    page.get_by_role("button", name="Show older").dispatch_event("click")
    gone_on(page)
    held.let_go()

    expect(page.get_by_role("button", name="Show older")).not_to_have_attribute(
        "aria-disabled", "true"
    )
    assert asked == []


def test_when_another_choice_fails_nothing_of_the_one_before_stays(feed, full, console_errors):
    page = feed(3)
    page.route(re.compile("/api/.*kind=click"), lambda route: route.abort())

    page.get_by_role("button", name="Clicks").click()

    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert rows(page).count() == 0
    page.unroute(re.compile("/api/.*kind=click"))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#feed .news button")).to_have_count(0)
    console_errors.clear()


def test_what_is_there_comes_back_when_asking_again_takes_long_and_fails(
    feed, full, console_errors
):
    page = feed(3)
    # Not by going offline: coming back from it asks by itself, and takes the button away.
    page.route(API, lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    held = hold(page, API)
    again.click()
    expect(page.locator(".skeleton").first).to_be_attached()

    held.abort()

    expect(again).to_be_visible()
    expect(rows(page)).to_have_count(3)
    expect(page.locator(".skeleton")).to_have_count(0)
    console_errors.clear()


def test_what_is_new_is_not_mixed_with_the_rows_of_a_choice_on_its_way(feed, full):
    page = feed(3)
    held = hold(page, re.compile("/api/.*kind=click"))
    stand_still(page)  # after 300 ms grey lines take the place of the rows
    page.get_by_role("button", name="Clicks").click()
    choice = held.take()
    page.evaluate("dispatchEvent(new Event('online'))")
    news = held.take()
    full.click(1)

    answered(page, news)
    gone_on(page)

    assert page.locator("#feed .news button").count() == 0
    choice.fallback()
    expect(rows(page)).to_have_count(2)


def test_without_a_connection_what_is_there_stays_and_it_goes_on_by_itself(
    feed, full, console_errors
):
    page = feed(3)

    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("No connection").first).to_be_visible()
    expect(rows(page)).to_have_count(3)
    page.context.set_offline(False)

    expect(page.locator(".message")).not_to_be_attached()
    console_errors.clear()


def test_after_a_failure_it_is_asked_for_again_on_request(site, rep, full, console_errors):
    rep.route(API, lambda route: route.fulfill(status=500, body="not even JSON"))
    rep.goto(site + FEED)
    again = rep.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    rep.unroute(API)

    again.press("Enter")

    expect(rows(rep)).to_have_count(3)
    console_errors.clear()


def test_whose_session_is_over_is_led_to_the_way_in(feed, full, console_errors):
    page = feed(3)
    Session.update(ended_at=clock.now()).execute()

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("href", "/signin")
    console_errors.clear()


@pytest.mark.req("R40")
def test_the_keyboard_alone_is_enough(feed, full):
    page = feed(3)
    names = [_tab(page)]
    while not names[-1].startswith("Why?") and len(names) < 30:
        names.append(_tab(page))

    kinds = ["All", "Opens", "Clicks", "Replies", "Bounces"]
    start = names.index("All")
    assert names[start : start + 5] == kinds
    assert names[start + 6 : start + 8] == ["Carol", "Offer"]
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("Taken for")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("switch")).to_be_focused()


def test_the_focus_stays_in_the_row_that_is_told_anew(feed, story, world):
    token = world.open_token(story.mail, CAROL)
    cycle = _since_noon(300) // 60 * 60
    record(hit(token, after=cycle + 10))
    page = feed(1)
    page.get_by_text("Why?").focus()
    record(hit(token, after=cycle + 20))

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(rows(page)).to_contain_text("loaded 2 times")
    expect(page.get_by_text("Why?")).to_be_focused()


def test_the_focus_stays_below_when_the_last_of_the_older_ones_are_shown(feed, world):
    for minute in range(60):
        Story(world, subject=f"Offer {minute}").open(60 * minute + 90)
    page = feed(50)

    page.get_by_role("button", name="Show older").press("Enter")

    expect(rows(page)).to_have_count(60)
    expect(rows(page).nth(49).locator("summary")).to_be_focused()


def test_the_focus_has_a_place_when_what_was_pressed_is_gone(feed, full, console_errors):
    page = feed(3)
    page.get_by_role("button", name="Bounces").click()
    page.get_by_role("button", name="Show everything").press("Enter")
    expect(rows(page)).to_have_count(3)
    expect(page.locator(".days")).to_be_focused()

    page.route(API, lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    again = page.get_by_role("button", name="Try again")
    again.focus()
    page.unroute(API)
    again.press("Enter")
    expect(again).to_have_count(0)
    expect(page.locator(".days")).to_be_focused()

    page.get_by_text("Why?").first.click()
    page.get_by_role("button", name="Only this mail").click()
    page.get_by_role("button", name="show everything again").press("Enter")
    expect(page.get_by_role("switch")).to_be_focused()
    console_errors.clear()


def test_an_answer_that_comes_late_leaves_the_focus_where_it_went_meanwhile(feed, full):
    page = feed(3)
    held = hold(page, API)
    page.get_by_text("Why?").first.click()
    page.get_by_role("button", name="Only this mail").click()
    chip = page.get_by_role("button", name="show everything again")
    chip.focus()
    held.wait()

    held.let_go()

    expect(page.locator(".days[aria-busy]")).to_have_count(0)
    expect(chip).to_be_focused()


def test_the_focus_stays_in_what_went_wrong_when_it_is_another_thing(feed, full, console_errors):
    page = feed(3)
    page.route(API, lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    again = page.get_by_role("button", name="Try again")
    again.focus()
    page.route(API, lambda route: route.fulfill(status=500, body="not even JSON"))

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator(".message.bad")).to_be_visible()
    expect(again).to_be_focused()
    console_errors.clear()


def test_the_focus_has_a_place_when_what_was_new_is_no_more(feed, full):
    page = feed(3)
    Story(full.world, subject="Gone").click(1)
    page.evaluate("dispatchEvent(new Event('online'))")
    new = page.get_by_role("button", name="1 new")
    new.focus()
    db.execute("DELETE FROM engagement WHERE id = (SELECT MAX(id) FROM engagement)")

    page.evaluate("dispatchEvent(new Event('online'))")

    expect(new).to_have_count(0)
    expect(page.locator(".days")).to_be_focused()


def test_what_is_unread_by_now_is_told_although_what_was_before_comes_later(feed, full):
    page = feed(1, "?kind=click")
    held = hold(page, "**/api/v1/feed/seen")
    page.get_by_role("button", name="All").click()
    call = held.take()
    answer = call.fetch()
    Story(full.world, subject="Another").click(1)
    page.evaluate("dispatchEvent(new Event('online'))")
    counter = page.locator("[data-counter='/console/feed'] .counter")
    expect(counter).to_have_text("1")

    answered(page, call, response=answer)
    gone_on(page)

    expect(counter).to_be_visible()


def _tab(page):
    page.keyboard.press("Tab")
    return page.evaluate("document.activeElement.textContent.trim()")


def test_a_screen_reader_finds_headings_lists_states_and_one_live_region(feed, full):
    page = feed(3)

    expect(page.locator("main")).to_match_aria_snapshot(
        """
        - heading "Feed" [level=1]
        - group "Kinds":
          - button "All" [pressed]
          - button "Opens"
        - switch "Hide automatic" [checked]
        - region "Today":
          - heading "Today" [level=2]
          - list:
            - listitem
            - listitem
            - listitem
        - status: 3 entries shown
        """
    )


def test_what_strangers_wrote_is_text_everywhere(feed, world):
    world.people["carol"].name = HOSTILE
    world.people["carol"].save()
    html = f'<a href="https://example.com/?&quot;>{HOSTILE[:9]}">{HOSTILE}</a>'
    story = Story(world, subject=HOSTILE, html=html)
    story.open(500, user_agent=f"Thunderbird {HOSTILE}")
    story.click(100)
    page = feed(1, "?include_automatic=true")

    for why in page.get_by_text("Why?").all():
        why.click()

    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    expect(rows(page).first).to_contain_text(HOSTILE[:40])


def test_it_speaks_german(feed, full, world):
    preferences.store(world.alice.id, {"language": "de"})
    page = feed(3)

    expect(page.get_by_role("heading", name="Heute")).to_be_visible()
    expect(rows(page).first).to_contain_text("Wahrscheinlich geöffnet")
    expect(rows(page).first).to_contain_text("vor 5 Min.")
    rows(page).first.get_by_text("Warum?").click()
    expect(rows(page).first).to_contain_text(
        "Geladen von einem Mailprogramm, das sich selbst nennt."
    )


@pytest.mark.req("R19")
def test_what_is_known_of_a_device_is_said_in_german_too(feed, story, world):
    preferences.store(world.alice.id, {"language": "de"})
    story.open(900, user_agent=GMAIL_PROXY)
    story.open(600, LEO, user_agent="Mozilla/5.0 (something new)")

    unknown, hidden = (rows(feed(2)).nth(number) for number in range(2))

    expect(hidden).to_contain_text("Gmail (Gerät verborgen)")
    expect(unknown).to_contain_text("Unbekanntes Gerät")


@pytest.mark.parametrize(("language", "name"), [("en", "Germany"), ("de", "Deutschland")])
def test_a_country_is_told_by_its_name(feed, story, world, language, name):
    preferences.store(world.alice.id, {"language": language})
    story.open(900, network=NetworkFacts(country="DE"))

    expect(rows(feed(1)).first).to_contain_text(name)


@pytest.mark.req("R39")
def test_a_panel_uses_the_same_modules_with_a_token_and_no_session(site, rep, full, world):
    token = issue_token(world.alice, Scope.READ)
    rep.goto(site + FEED)
    modules = rep.locator('script[src*="feed_page"]').get_attribute("src").rpartition("/")[0]
    rep.goto(f"{site}/signin")
    rep.context.clear_cookies()

    rep.evaluate(
        """async ([modules, token]) => {
            const { Feed } = await import(`${modules}/feed.js`);
            const { Api, byToken } = await import(`${modules}/api.js`);
            await new Feed(document.querySelector("main"), new Api(byToken(() => token))).start();
        }""",
        [modules, token],
    )

    expect(rows(rep)).to_have_count(3)
    assert rep.locator("main a").count() == 0  # it leads nowhere unless it is told where to


def test_the_page_is_light(site, rep, full):
    assert weight(rep, site + FEED) <= BUDGET_BYTES


def test_a_mails_history_is_the_same_rows_ninety_days_back_or_all(site, rep, world):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped), after=-150 * 24 * HOUR + 60))
    world.confirm(stamped, NOON)
    rep.goto(f"{site}/console/mail/{stamped.id}")
    expect(rep.get_by_role("heading", name="No signal in this time")).to_be_visible()

    more = rep.get_by_role("button", name="Show everything")
    expect(more).not_to_have_css("border-top-color", "rgba(0, 0, 0, 0)")  # seen to be a button
    more.press("Enter")

    expect(rows(rep)).to_have_count(1)
    expect(rep.get_by_role("button", name="Only the last 90 days")).to_be_focused()


@pytest.mark.parametrize("state", ["loading", "error", "offline"])
def test_a_mails_page_without_its_history_is_accessible(
    site, rep, eyes, world, state, console_errors
):
    stamped = world.send(CAROL)
    trouble(rep, f"**/api/v1/stamps/{stamped.id}/history*", state)
    rep.goto(f"{site}/console/mail/{stamped.id}")
    expect(rep.get_by_text(SAID[state]).first).to_be_attached()

    assert eyes.faults(rep, f"mail-{state}") == []
    expect(rep.locator("#feed").get_by_role("status")).to_contain_text(SAID[state])
    console_errors.clear()


@pytest.mark.parametrize("state", ["full", "empty"])
def test_a_mails_page_is_accessible_in_every_look(site, rep, eyes, world, state):
    story = Story(world)
    if state == "full":
        story.click(HOUR)
        story.open(300)
    rep.goto(f"{site}/console/mail/{story.mail.id}?checks=true")
    expect(rep.locator("#feed").get_by_role("status")).to_contain_text("shown")
    rep.get_by_text("Stop tracking this mail").click()

    assert eyes.faults(rep, f"mail-{state}") == []


@pytest.mark.parametrize(("state", "query"), [("full", ""), ("nothing-found", "?q=nothing")])
def test_the_sent_list_is_accessible_in_every_look(site, rep, eyes, world, full, state, query):
    world.send("dana@harbour.test", subject="To somebody who refuses")
    rep.goto(f"{site}/console/sent{query}")

    assert eyes.faults(rep, f"sent-{state}") == []


def test_the_empty_sent_list_is_accessible_in_every_look(site, rep, eyes, world):
    rep.goto(f"{site}/console/sent")

    assert eyes.faults(rep, "sent-empty") == []
