"""The playground's Outlook window in a browser, for the tests of the panel beside its mail."""

from collections.abc import Mapping

from playwright.sync_api import Page, Response, Route, expect


def open_window(page: Page, url: str):
    """Open the window, and return the place where the panel's frame will be."""
    page.goto(f"{url}/playground/outlook")
    is_drawn(page)
    return page.frame_locator("#side iframe")


def is_drawn(page: Page) -> None:
    """Wait until the stage's panels are there: what they push down is pressed in vain meanwhile."""
    expect(page.locator("#feed")).to_be_visible()


def mail_of(subject: str, sender: str, to: str, stamp_id: str = "") -> dict[str, object]:
    """A mail in the window's folder, with the handler's mark if it was stamped."""
    return {
        "kind": "read",
        "subject": subject,
        "html": "",
        "from": {"address": sender, "name": ""},
        "to": [{"address": to, "name": ""}],
        "session": {},
        "headers": {},
        "properties": {"telltale-stamp": stamp_id} if stamp_id else {},
        "queued": None,
        "note": "",
    }


def keep(page: Page, *mails: dict[str, object]) -> None:
    """Put them into the folder of the window that is opened next."""
    page.evaluate(
        "mails => localStorage.setItem('playground.outlook.sent', JSON.stringify(mails))",
        list(mails),
    )


def choice_told(page: Page):
    """Waits until our server has answered the panel's word of a choice, and not an event's."""

    def is_it(told: Response) -> bool:
        return told.url.endswith("/api/v1/stamps") and "taskpane" in told.frame.url

    return page.expect_response(is_it)


def theme_told(page: Page):
    """Waits until our server has answered the panel's word of a theme; it asks there, too."""
    return page.expect_response(
        lambda told: told.url.endswith("/api/v1/preferences") and told.request.method == "PUT"
    )


def another_host(page: Page, changes: Mapping[str, str]) -> None:
    """Have the window behave like another Outlook, by changes of its script."""
    another_script(page, "playground/outlook/host.js", changes)


def another_script(page: Page, name: str, changes: Mapping[str, str]) -> None:
    """Have a script of the add-in or of the window be another one."""

    def change(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        route.fulfill(response=answer, body=text)

    page.route(f"**/{name}", change)
