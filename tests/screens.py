"""The kit for tests of pages: a site that listens, a signed-in browser, and eyes for every look.

    def test_the_page(site, rep, eyes):
        rep.goto(f"{site}/console/feed")
        assert eyes.faults(rep, "feed-full") == []

`eyes.faults` looks at the open page in three sizes and three themes: what axe-core finds, whether
it scrolls sideways, and whether something has no air below the frame above it.
`SCREENSHOTS=docs/screenshots` also keeps a picture of each look.
A module that needs one engine only overrides `database_url` (see tests/web/test_shell.py).
"""

import gzip
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, Response

from backend import db
from backend.models.access import issue_signin_link
from backend.models.org import User
from backend.settings import Settings
from tests.processes import ROOT
from tests.serving import serving
from tests.waiting import wait_until
from tests.world import World

_AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
# Of the answer only what is asked: the whole takes longer to bring over than to find.
_LOOK = """async (rules) => {
    const found = await axe.run({resultTypes: ["violations"], ...(rules[0] && {runOnly: rules})});
    const told = found.violations.map(({id, nodes}) => `${id} ${nodes[0].html.slice(0, 200)}`);
    return [found.passes.length, told];
}"""
# What the rules of axe-core go by, but for the colours: two looks alike differ in those alone.
_SHAPE = """() => [document.documentElement.outerHTML, ...Array.from(
    document.querySelectorAll("*"), (it) => {
        const {x, y, width, height} = it.getBoundingClientRect();
        const {display, visibility, opacity} = getComputedStyle(it);
        return [x, y, width, height, display, visibility, opacity].join();
    })].join("\\n")"""
# A page's text is there before its style sheets are.
_IS_STYLED = """Array.from(document.querySelectorAll("link[rel=stylesheet]"))
    .every((link) => link.sheet)"""
# What follows a box with a frame and has no air above it, by the text it begins with.
_GLUED = """() => {
    const FRAMED = ".card, .rows, .notice, .message";
    const topOf = (it) => {
        const texts = document.createTreeWalker(it, NodeFilter.SHOW_TEXT);
        while (texts.nextNode() && !texts.currentNode.data.trim());
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        const framed = it.matches(FRAMED) ? it : it.querySelector(FRAMED);
        const seen = [range, ...(framed ? [framed] : [])].map((one) => one.getBoundingClientRect());
        return Math.min(...seen.filter((box) => box.height).map((box) => box.top));
    };
    return Array.from(document.querySelectorAll(`main :is(${FRAMED})`)).flatMap((it) => {
        let at = it;
        while (!at.nextElementSibling && at.parentElement.tagName !== "MAIN") at = at.parentElement;
        const next = at.nextElementSibling, box = it.getBoundingClientRect();
        const air = next && box.height ? topOf(next) - box.bottom : Infinity;
        return air > -1 && air < 4 ? [next.textContent.trim().slice(0, 60)] : [];
    });
}"""
COLOURS = ("color-contrast", "link-in-text-block")  # the rules that go by them, too
WIDTHS = (320, 768, 1280)
HEIGHT = 800
THEMES = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "contrast": {"color_scheme": "dark", "forced_colors": "active"},
}
# For looking at a page that waits: it gives an answer up after a while, and nine looks take longer.
ENDLESS_PATIENCE = "AbortSignal.timeout = () => new AbortController().signal;"
BUDGET_BYTES = 30_000  # of a page's scripts and styles, packed


@dataclass(frozen=True, slots=True)
class Eyes:
    """How a page is looked at in every size and theme; `pictures` is where screenshots go."""

    pictures: Path | None

    def faults(self, page: Page, name: str, widths: tuple[int, ...] = WIDTHS) -> list[str]:
        """What is wrong with the open page in any look, e.g. `dark 320: color-contrast <a …>`."""
        told = []
        wait_until(lambda: page.evaluate(_IS_STYLED), what="the page's looks")
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            told += [f"{width}: glued to what is above: {each}" for each in page.evaluate(_GLUED)]
            shapes: set[str] = set()
            for theme, media in THEMES.items():
                page.emulate_media(**media, reduced_motion="reduce")
                found = violations_in(page, shapes)
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append("scrolls sideways")
                told += [f"{theme} {width}: {each}" for each in found]
                if self.pictures:
                    self.pictures.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=self.pictures / f"{name}-{width}-{theme}.png")
        page.emulate_media(**THEMES["light"])
        return told


def violations_in(page: Page | Frame, shapes: set[str]) -> list[str]:
    """What axe-core finds in this theme; in a shape that is among these, by the colours alone."""
    shape = page.evaluate(_SHAPE)
    found = violations(page, COLOURS if shape in shapes else ())
    shapes.add(shape)
    return found


def violations(page: Page | Frame, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds by its usual rules, or by these alone, e.g. `color-contrast <a …>`."""
    wait_until(lambda: page.evaluate(_IS_STYLED), what="the page's looks")
    if page.evaluate("!window.axe"):
        page.evaluate(f"{_AXE}\n0")
    passed, told = page.evaluate(_LOOK, list(rules))
    assert passed or rules, "axe-core did not look at the page"
    return list(told)


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """Eyes that keep pictures only where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    return Eyes(Path(folder).resolve() if folder else None)


@pytest.fixture(scope="module")
def listening(settings: Settings, store: db.Store) -> Iterator[str]:
    """The address of the app on a port of its own."""
    from backend.app import create_app

    with serving(create_app(settings), store) as url:
        yield url


@pytest.fixture
def site(listening: str, world: World) -> str:
    """The address of the app on the world's database."""
    return listening


@pytest.fixture
def rep(site: str, world: World, page: Page) -> Page:
    """A page of a browser in which alice is signed in."""
    return signed_in(page, site, world.alice)


def signed_in(page: Page, site: str, user: User) -> Page:
    """The page, once the user has followed a sign-in link in its browser; it shows nothing yet."""
    link = f"{site}/signin/{issue_signin_link(user)}"
    assert page.context.request.get(link, max_redirects=0).status == 302
    return page


def weight(page: Page, url: str) -> int:
    """The bytes of all scripts and styles that the page at that address loads, packed."""
    seen: dict[str, Response] = {}

    def note(response: Response) -> None:
        if re.search(r"\.(js|css)$", response.url):
            seen[response.url] = response

    page.on("response", note)
    page.goto(url, wait_until="networkidle")
    page.remove_listener("response", note)
    assert seen, "the page loaded neither a script nor a style"
    return sum(len(gzip.compress(response.body())) for response in seen.values())


def walk(page: Page, steps: int) -> list[str]:
    """The names of what Tab reaches in so many steps; each of them shows that it has the focus."""
    return [_step(page) for _ in range(steps)]


def reach(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until what is called so, or begins so, has the focus; all on the way show it."""
    seen = []
    for _ in range(most):
        seen.append(_step(page))
        if seen[-1].startswith(name):
            return
    raise AssertionError(f"Tab does not reach {name}: {seen}")


def _step(page: Page) -> str:
    page.keyboard.press("Tab")
    name, outline = page.evaluate(
        """() => {
            const it = document.activeElement, said = it.cloneNode(true);
            for (const unsaid of said.querySelectorAll("[aria-hidden]")) unsaid.remove();
            const label = it.getAttribute("aria-label") || it.labels?.[0]?.textContent;
            return [(label || said.textContent).trim().replace(/\\s+/g, " "),
                    getComputedStyle(it).outlineStyle];
        }"""
    )
    assert outline != "none", f"{name} does not show that it has the focus"
    return str(name)


# What of the focused element's box lies under something else: five points of it, none may be free.
_COVERED = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect();
    const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]].map(
        ([x, y]) => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height));
    const isSeen = points.some((at) => at && (it === at || it.contains(at) || at.contains(it)));
    const name = it.getAttribute("aria-label") || it.textContent || it.name || it.tagName;
    return [it === document.body, isSeen || box.width < 2, name.trim().slice(0, 60)];
}"""


def covered(page: Page, key: str, most: int = 120) -> list[str]:
    """What Tab or Shift+Tab reaches and nobody sees, by name, until it leaves the page.

    WCAG 2.2, 2.4.11: what has the focus does not lie under a bar or a heading that stays in view.
    """
    found = []
    for _ in range(most):
        page.keyboard.press(key)
        is_out, is_seen, name = page.evaluate(_COVERED)
        if is_out:
            return found
        if not is_seen:
            found.append(name)
    return found
