"""The playground's Outlook window in a browser, for the tests of the panel beside its mail."""

from playwright.sync_api import Page


def open_window(page: Page, url: str):
    """Open the window, and return the place where the panel's frame will be."""
    page.goto(f"{url}/playground/outlook")
    return page.frame_locator("#side iframe")
