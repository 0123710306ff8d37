"""How soon something useful stands on a page and in Outlook's panel: the largest paint.

    python -m benchmarks.paint [--rounds 5]

A whole installation with the demo's people and a few hundred mails, and Chromium with an empty
cache each time. Largest Contentful Paint (w3.org/TR/largest-contentful-paint), from the navigation
on; the worst round counts (bar: 1,000 ms).
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from benchmarks.bars import tell
from benchmarks.stamping_api import newsletter
from tests import programs
from tests.browser import FLAGS
from tests.installation import Installation
from tests.waiting import free_port

REP = "rep@demo.telltale.test"
BAR_MS = 1000
MAILS = 300
PAGES = (
    "/console/feed",
    "/console/sent",
    "/console/people",
    "/console/search?q=offer",
    "/console/preferences",
    "/playground",
)
# All entries until none has come for a while: the largest may come late.
LARGEST = """() => new Promise(done => {
    let last = 0, timer = 0;
    const end = () => { clearTimeout(timer); timer = setTimeout(() => done(last), 400); };
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) last = Math.max(last, each.startTime);
        end();
    }).observe({ type: "largest-contentful-paint", buffered: true });
    end();
})"""


def main() -> int:
    """Run it and return 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    kept = True
    with _installation() as site, _browser() as browser:
        pages = {path: path for path in PAGES} | {"a mail's page": _mail(site)}
        for what, path in pages.items():
            kept &= _tell(what, [_of_page(browser, site, path) for _ in range(rounds)])
        kept &= _tell("Outlook's panel", [_of_panel(browser, site) for _ in range(rounds)])
    return int(not kept)


def _tell(what: str, times: list[float]) -> bool:
    print(f"  {what}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    return tell(f"first useful paint of {what}, ms", max(times), BAR_MS, is_most=True)


def _of_page(browser: Browser, site: Installation, path: str) -> float:
    page = _signed_in(browser, site)
    page.goto(_url(site) + path)
    return _largest(page)


def _of_panel(browser: Browser, site: Installation) -> float:
    page = _signed_in(browser, site)
    settings = {
        "base": _url(site),
        "tracking": f"http://127.0.0.1:{site.port + 1}",
        "token": site.token(REP, "stamp"),
        "words": {"on": "Tracking is on"},
    }
    page.evaluate(
        """([kept, name, token]) => {
            const text = JSON.stringify({ telltale: JSON.stringify(kept) });
            localStorage.setItem("playground.outlook.roaming", text);
            localStorage.setItem(`telltale.read_token.${name}`, token);
        }""",
        [settings, REP, site.token(REP, "read")],
    )
    page.goto(f"{_url(site)}/playground/outlook")
    page.click("#pane")
    page.frame_locator("#side iframe").get_by_role("tab").first.wait_for()
    return _largest(next(each for each in page.frames if "taskpane" in each.url))


def _largest(where: Page | Frame) -> float:
    found = float(where.evaluate(LARGEST))
    page = where if isinstance(where, Page) else where.page
    page.context.close()
    if not found:
        raise RuntimeError("nothing was painted")
    return found


def _signed_in(browser: Browser, site: Installation) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(site.told("signin-link", REP))
    return page


def _mail(site: Installation) -> str:
    """MAILS mails that were sent, and the address of the last one's page."""
    token = site.token(REP)
    for number in range(MAILS):
        stamp = _post(site, token, "/api/v1/stamps", _draft(number))
        last = str(stamp["id"])
    return f"/console/mail/{last}"


def _draft(number: int) -> dict[str, Any]:
    return {
        "subject": f"Our offer {number}",
        "recipients": [{"address": f"person{number % 40}@northwind.test"}],
        "html": newsletter()
        if number % 50 == 0
        else '<p><a href="https://example.com">see</a></p>',
        "opens": True,
        "links": True,
        "compose_id": f"paint-{number}",
        "sent_at": "2026-11-20T10:00:00Z",
    }


def _post(site: Installation, token: str, path: str, body: Mapping[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = site.ask("POST", path, orjson.dumps(body), headers)
    if answer.status >= 300:
        raise RuntimeError(f"{path}: {answer.status}")
    return answer.json


@contextmanager
def _installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as folder:
        ports = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
        site = Installation(Path(folder), ports)
        with site.serving("--demo"):
            yield site


@contextmanager
def _browser() -> Iterator[Browser]:
    path = programs.path_of("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


def _url(site: Installation) -> str:
    return f"http://127.0.0.1:{site.port}"


if __name__ == "__main__":
    sys.exit(main())
