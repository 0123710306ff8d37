"""Four times the mail takes about four times the work, whatever it is made of."""

import time
from collections.abc import Callable

import pytest

from tests.mail.samples import PIXEL, stamp, token

LINK = "<a href='https://a.example/'>"
NOTICE = "<div data-telltale=notice>"
PAGE = f"<a href='https://track.example/u/{token('u', 1)}'>"
# 16 is what a quadratic step would give; the gap is for a busy machine.
MOST = 9
ROUNDS = 3
HOSTILE = {
    "nested divs": lambda n: "<div>" * n,
    "nested divs in a quote": lambda n: (
        "<div class=gmail_quote>" + "<div>" * n + "</blockquote>" * n
    ),
    "nested quotes": lambda n: "<blockquote>" * n,
    "quotes with words between": lambda n: "<blockquote>x</blockquote>y" * n,
    "nested tables in a quote": lambda n: "<blockquote>" + "<table><td>" * n,
    "many <": lambda n: "<" * n * 20,
    "many < with a space": lambda n: "< " * n * 10,
    "comments that never end": lambda n: "<!--" * n * 5,
    "comments that end at once": lambda n: "<!-->" * n,
    "conditional comments that never end": lambda n: "<!--[if mso]>" * n * 5,
    "conditional comments": lambda n: (
        "<!--[if mso]><a href=https://a.example/><![endif]-->" * (n // 5)
    ),
    "ends of the body": lambda n: "</body>" * n,
    "tags that never end": lambda n: "<a b='x " * n * 5,
    "a value that never ends": lambda n: "<a href='" + "x" * n * 50,
    "a long value": lambda n: "<a href='https://a.example/" + "x" * n * 50 + "'>",
    "a long attribute name": lambda n: "<a " + "x" * n * 50 + ">",
    "many attributes": lambda n: "<a " + "b=c " * n * 3 + ">",
    "equals signs": lambda n: "<a" + "=" * n * 50,
    "slashes": lambda n: "<a" + "/" * n * 50 + ">",
    "references": lambda n: "<a href='" + "&amp" * n * 5 + "'>",
    "digits": lambda n: "<a href='&#" + "9" * n * 50 + ";'>",
    "links that never end": lambda n: LINK * (n // 5),
    "one link with all the text": lambda n: LINK + "<b>x</b>" * n,
    "alt texts that never end": lambda n: LINK + "<img alt='" * n,
    "twins": lambda n: "<v:a href=https://a.example/>" * (n // 5) + LINK * (n // 5),
    "our own pixels": lambda n: PIXEL * (n // 5),
    "notices": lambda n: f"{NOTICE}</div>" * n * 2 + PAGE * n * 2,
    "notices with their links": lambda n: f"{NOTICE}{PAGE}</div>" * n + PAGE * n,
    "braces": lambda n: (LINK[:-2] + "{{" * 100 + "'>") * (n // 20),
    "labels": lambda n: "<a href='https://" + "a." * n * 5 + "'>",
    "From without Sent": lambda n: "<b>From:" * n,
    "Sent without From": lambda n: "<b>Sent:" * n,
    "separators": lambda n: "<p>--- Original" * n,
    "styles": lambda n: "<style></style>" * n,
    "titles that never end": lambda n: "<title>" * n * 5,
    "closed paragraphs before a quote": lambda n: "</p>" * n + "<blockquote>",
    "declarations that never end": lambda n: "<!x" * n * 5,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_work_grows_with_the_mail(kind):
    make = HOSTILE[kind]

    assert any(growth(make) < MOST for _ in range(ROUNDS))


def growth(make: Callable[[int], str]) -> float:
    """How many times longer four times the mail takes."""
    return seconds(make(8_000)) / seconds(make(2_000))


def seconds(html: str) -> float:
    """Processor time for reading and stamping, at least a millisecond so that ratios mean much."""
    begun = time.process_time()
    stamp(html, notice=PAGE)
    return max(time.process_time() - begun, 0.001)
