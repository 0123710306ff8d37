"""Calls of a page that are held back, so that a test says in which order answers come.

Which ones is said as narrowly as the test means it: by address, method and the frame that asks. The
page asks for more than the test has in mind, by polls and in other frames, and each of those that
is held too is one that nobody lets go. What is not meant goes on to the routes set before.
"""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import FrameLocator, Page, Request, Response, Route

from tests.waiting import wait_until


class Held:
    """The calls that are meant, in the order in which they came: each waits until it is let go.

    `came` is how many there were, those that did not have to wait included.
    """

    def __init__(self, page: Page, is_meant: Callable[[Request], bool], most: int | None) -> None:
        self._page, self.came = page, 0
        self._is_meant, self._most = is_meant, most
        self._calls: list[Route] = []
        self._count = 0  # that have waited
        self._end: Callable[[Route], None] | None = None  # of each that comes from now on

    def wait(self, count: int = 1) -> None:
        """Wait until that many have been held at least, those that were taken included."""
        what = f"{count} held calls"
        # The page is asked, since what it does is heard while something is waited for.
        wait_until(lambda: self._page.evaluate("1") and self._count >= count, what=what)

    def take(self) -> Route:
        """The next call, as soon as it is there; from now on it is the test's to end."""
        self.wait(self._count - len(self._calls) + 1)
        return self._calls.pop(0)

    def let_go(self) -> None:
        """Let all of them go, and from now on each that comes, also one that is coming just now."""
        self._end_all(Route.fallback)

    def abort(self) -> None:
        """Let all of them fail as if nobody were reached, and from now on each that comes."""
        self._end_all(Route.abort)

    def _end_all(self, end: Callable[[Route], None]) -> None:
        self._end = end  # before the first: the next ones come while it is ended
        while self._calls:
            end(self._calls.pop(0))

    def receive(self, route: Route) -> None:
        """A call is there: it waits, or goes on if another one is meant."""
        if not self._is_meant(route.request):
            route.fallback()
            return
        self.came += 1
        is_enough = self._most is not None and self._count >= self._most
        if self._end or is_enough:
            (self._end or Route.fallback)(route)
        else:
            self._count += 1
            self._calls.append(route)


def hold(
    page: Page,
    pattern: str | re.Pattern[str],
    method: str = "",
    frame: str = "",
    most: int | None = None,
) -> Held:
    """Hold back from now on what the page asks for there, until it is let go.

    `method` is that of the call, `frame` a part of the address of the document that asks, such as
    "taskpane"; "" is any. Of many, no more than the first `most` are held.
    """

    def is_meant(request: Request) -> bool:
        return method in ("", request.method) and (not frame or frame in request.frame.url)

    held = Held(page, is_meant, most)
    page.route(pattern, held.receive)
    return held


def answered(page: Page, call: Route, **told: Any) -> Response:
    """Let one call that was taken go; its answer, once the page has all of it.

    `told` is what it is answered in the place of the server, in the words of Route.fulfill.
    """
    with page.expect_event("requestfinished", lambda request: request == call.request) as ended:
        if told:
            call.fulfill(**told)
        else:
            call.fallback()
    answer = ended.value.response()
    assert answer
    return answer


def gone_on(place: Page | FrameLocator) -> None:
    """Let the page, or the one in the frame, do what it does with the answers that it has."""
    place.locator("html").evaluate("() => fetch(location).then(it => it.text())")
