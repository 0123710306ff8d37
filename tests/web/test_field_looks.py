"""What is filled in: boxes beside the first line of their words, hints that can be made out."""

import re

import pytest
from playwright.sync_api import Page

from tests.screens import THEMES, signed_in

SENDERS, LEFT_OUT = "/console/admin/senders", "/console/admin/exclusions"
_BOXES = """() => Array.from(document.querySelectorAll(".choice"), (it) => {
    const box = it.querySelector("input").getBoundingClientRect(), all = it.getBoundingClientRect();
    return [all.height, box.top - all.top, all.left];
})"""
READABLE = 4.5  # WCAG 2.2, 1.4.3


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def ada(site, page, world):
    """An admin at the narrowest screen."""
    page.set_viewport_size({"width": 320, "height": 800})
    return signed_in(page, site, world.users["ada"])


def test_a_box_stands_beside_the_first_line_of_its_words(site, ada):
    ada.goto(f"{site}{LEFT_OUT}")

    boxes = ada.evaluate(_BOXES)

    assert max(height for height, _, _ in boxes) > 40  # words of two lines
    assert all(above < 6 for _, above, _ in boxes)


def test_choices_in_a_row_are_apart_and_begin_their_lines_at_the_edge(site, ada):
    ada.goto(f"{site}{SENDERS}")
    row = ada.locator(".line:has(> .choice)").first

    edge = row.evaluate("it => it.getBoundingClientRect().left")
    opens, links, copies = (row.locator("label").nth(number).bounding_box() for number in range(3))

    assert links["x"] - (opens["x"] + opens["width"]) >= 16
    assert (opens["x"], copies["x"]) == (edge, edge)
    assert copies["y"] > opens["y"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_placeholder_can_be_made_out(site, ada, theme):
    ada.goto(f"{site}{SENDERS}")
    ada.emulate_media(**THEMES[theme])

    assert _contrast(ada, "input[name=q]") >= READABLE


def _contrast(page: Page, selector: str) -> float:
    colours = page.locator(selector).evaluate(
        "it => [getComputedStyle(it, '::placeholder').color, getComputedStyle(it).backgroundColor]"
    )
    lighter, darker = sorted(map(_luminance, colours), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance (2026-11-27)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
