"""The frame around every page, in a browser: places, theme, menu, by mouse and by keyboard."""

import pytest
from playwright.sync_api import expect

from backend.models import preferences
from tests.screens import BUDGET_BYTES, reach, signed_in, walk, weight


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.mark.parametrize("path", ["/signin", "/signin/used"])
def test_pages_for_everybody_are_accessible_in_every_look(site, page, eyes, path, console_errors):
    page.goto(site + path)

    assert eyes.faults(page, path.strip("/").replace("/", "-")) == []
    console_errors.clear()  # a page that is gone says 410


def test_an_error_page_and_an_open_menu_are_accessible_in_every_look(
    site, rep, eyes, console_errors
):
    rep.goto(f"{site}/console/mail/01890000-0000-7000-8000-000000000000")
    rep.locator(".account > summary").click()

    assert eyes.faults(rep, "not-found") == []
    console_errors.clear()


def test_the_theme_is_chosen_in_the_menu_and_kept(site, rep, world):
    rep.goto(f"{site}/console/sent")
    rep.locator(".account > summary").click()
    rep.get_by_role("button", name="Dark").click()

    expect(rep).to_have_url(f"{site}/console/sent")
    expect(rep.locator("html")).to_have_attribute("data-theme", "dark")
    assert preferences.all_of(world.alice.get_by_id(world.alice.id))["theme"] == "dark"
    background = rep.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(31, 31, 31)"


def test_where_one_is_stays_in_view_when_the_places_do_not_fit(site, rep, world):
    preferences.store(world.alice.id, {"language": "de"})
    rep.set_viewport_size({"width": 200, "height": 600})
    rep.goto(f"{site}/console/people")

    here = rep.locator(".places [aria-current]")
    expect(here).to_have_text("Personen")
    expect(here).to_be_in_viewport(ratio=1)
    assert rep.evaluate("scrollY") == 0


def test_in_a_narrow_box_a_mail_is_not_broken_at_its_hyphen(site, rep, world):
    preferences.store(world.alice.id, {"language": "de"})
    rep.goto(f"{site}/console/sent")
    told = rep.get_by_text("Jede E-\N{WORD JOINER}Mail").first
    told.wait_for()

    joined, bare = told.evaluate(
        """node => {
            node.style.cssText = "width: 4.5em; font-size: 16px; padding: 0";
            const text = node.firstChild;
            const range = document.createRange();
            const isOneLine = (length) => {
                const at = text.data.indexOf("E-");
                const top = (letter) => {
                    range.setStart(text, letter);
                    range.setEnd(text, letter + 1);
                    return range.getBoundingClientRect().top;
                };
                return top(at) === top(at + length - 1);
            };
            const joined = isOneLine(7);
            text.data = text.data.replaceAll("\\u2060", "");
            return [joined, isOneLine(6)];
        }"""
    )

    assert (joined, bare) == (True, False)


def test_the_tabs_of_administration_are_one_row_that_shows_where_one_is(site, page, world, eyes):
    preferences.store(world.users["ada"].id, {"language": "de"})
    signed_in(page, site, world.users["ada"]).set_viewport_size({"width": 320, "height": 600})
    page.goto(f"{site}/console/admin/audit")
    tabs = page.get_by_role("navigation", name="Administration").get_by_role("link")

    expect(tabs).to_have_count(8)
    assert len(set(tabs.evaluate_all("all => all.map((it) => it.offsetTop)"))) == 1
    expect(tabs.last).to_be_in_viewport(ratio=1)
    expect(tabs.last).to_have_attribute("aria-current", "page")
    expect(tabs.first).not_to_be_in_viewport()
    reach(page, "Personen und Teams")
    expect(tabs.first).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    assert eyes.faults(page, "admin-tabs", (320, 1280)) == []
    for place in ("audit", "requests"):  # the one's page is wide, the other's is not
        page.goto(f"{site}/console/admin/{place}")
        assert tabs.first.locator("..").evaluate("it => it.scrollWidth <= it.clientWidth")


def test_the_menu_closes_by_escape_and_by_a_click_beside_it(site, rep):
    rep.goto(f"{site}/console/sent")
    summary, leave = rep.locator(".account > summary"), rep.get_by_role("button", name="Sign out")

    summary.press("Enter")
    expect(leave).to_be_visible()
    rep.keyboard.press("Escape")
    expect(leave).not_to_be_visible()
    expect(summary).to_be_focused()

    summary.click()
    rep.locator("h1").click()
    expect(leave).not_to_be_visible()


def test_the_keyboard_reaches_everything_in_the_order_it_is_seen(site, rep):
    rep.goto(f"{site}/console/sent")

    names = walk(rep, 4)

    assert names[:2] == ["Skip to the content", "Telltale"]
    assert names[2].startswith("Feed")
    assert names[3] == "Sent"
    rep.keyboard.press("Shift+Tab")
    rep.keyboard.press("Enter")
    expect(rep).to_have_url(f"{site}/console/feed")


def test_every_icon_that_a_page_names_is_drawn(site, rep):
    rep.goto(f"{site}/console/sent")

    boxes = rep.locator(".places .icon use").evaluate_all(
        "uses => uses.map(each => each.getBBox().width)"
    )
    assert boxes
    assert all(width > 4 for width in boxes), boxes


def test_a_page_of_the_frame_is_light(site, rep):
    assert weight(rep, f"{site}/console/sent") <= BUDGET_BYTES


def test_the_box_in_the_frame_finds(site, rep, world):
    world.send(subject="Offer")
    rep.goto(f"{site}/console/feed")
    box = rep.get_by_role("searchbox", name="Search people, mail and links")

    box.fill("off")
    box.press("Enter")

    rep.get_by_role("link", name="Offer").click()
    expect(rep.get_by_role("heading", name="Offer")).to_be_visible()


@pytest.mark.parametrize(("state", "q"), [("full", "o"), ("nothing", "zzz"), ("empty", "")])
def test_what_was_found_is_accessible_in_every_look(site, rep, eyes, world, state, q):
    world.send(
        subject="Our offer", html='<a href="https://www.example.com/offer">See our offer</a>'
    )
    rep.goto(f"{site}/console/search?q={q}")

    assert eyes.faults(rep, f"search-{state}") == []
