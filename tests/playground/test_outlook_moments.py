"""The panel at awkward moments: before Outlook answers, and as what is beside it changes."""

import pytest
from playwright.sync_api import expect

from tests.playground.outlooks import keep, mail_of, open_window
from tests.world import CAROL

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
    held = []
    connected.route(file, lambda route: held.append(route))
    pane = open_window(connected, url)
    connected.click("#pane")

    expect(pane.locator("#panel[aria-busy] .skeleton").first).to_be_visible()
    expect(pane.get_by_role("tab")).to_have_count(0)
    for route in held:
        route.continue_()
    connected.unroute(file)

    pane.get_by_role("tab", name="Feed").click()
    expect(pane.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(pane.locator("#panel[aria-busy]")).to_have_count(0)


def test_where_outlook_knows_no_mail_the_panel_says_so_and_has_no_tabs(connected, url, faults):
    keep(connected, mail_of("An offer", OWN, CAROL))
    pane = open_window(connected, url)
    for _ in ("it is opened", "and left again"):
        connected.get_by_role("button", name="An offer").click()

    connected.click("#pane")

    expect(pane.get_by_text("Open this panel from a mail in Outlook.")).to_be_visible()
    expect(pane.get_by_role("tab")).to_have_count(0)
    assert faults(connected, "no-outlook") == []
