"""In a browser nothing of a mail moves by a pixel when it is stamped."""

import re

import pytest

from backend.mail.html_body import HtmlBody
from tests.mail.samples import NAMES, PIXEL_URL, RULES, mail

# In the others the pixel stands behind everything.
WITH_QUOTES = [name for name in NAMES if re.search("reply|forward|below|before", name)]
# The place of everything but our image, and but line breaks, which show nothing themselves.
PLACES = """() => [...document.body.querySelectorAll("*")]
    .filter(node => node.tagName !== "BR" && !(node.src || "").includes("track.example"))
    .map(node => [node.tagName, node.getBoundingClientRect().x, node.getBoundingClientRect().y])"""


@pytest.mark.req("R6")
@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE html>"], ids=["quirks", "standards"])
def test_the_pixel_moves_nothing(context, doctype):
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())

    moved = {}
    for name in WITH_QUOTES:
        plain = HtmlBody.read(doctype + mail(name), RULES).unwrapped({})
        page.set_content(plain)
        before = page.evaluate(PLACES)
        page.set_content(HtmlBody.read(plain, RULES).stamped(PIXEL_URL, {}))
        if page.evaluate(PLACES) != before:
            moved[name] = before

    assert moved == {}
