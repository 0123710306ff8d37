"""An independent parser sees the same mail before and after stamping, but for the addresses."""

import random
import re

import pytest
import turbohtml

from backend.mail.hrefs import target_of
from backend.mail.html_body import HtmlBody
from backend.mail.survey import survey
from tests.mail.samples import NAMES, RULES, mail, stamp

MUTANTS = 25  # of each sample
# Constructs that the scan knowingly reads more simply than a full parser: foreign content, frames,
# scripts with comments in them, and what a select drops. No mail program writes them.
BEYOND = re.compile(r"<(?:svg|math|frameset|script|select|template|plaintext)", re.IGNORECASE)
BITS = [
    *("<", ">", '"', "'", "=", "/", "!", "-", "--", "&", ";", " ", "\n", "a", "href", "&amp;"),
    *("<a ", "</a>", "<!--", "-->", "<div>", "</div>", "<p>", "<td>", "</table>", "<b>", "<br>"),
    *("<style>", "</style>", "<title>"),
]


def mutants(name: str) -> list[str]:
    """The sample and versions of it with a few characters lost, doubled or put in."""
    chance = random.Random(name)  # the same ones in every run
    found = [mail(name)]
    for _ in range(MUTANTS):
        text = mail(name)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text))
            length = chance.choice((0, 0, 1, 3, 20))
            text = text[:at] + chance.choice([*BITS, "", ""]) + text[at + length :]
        found.append(text)
    return [text for text in found if not BEYOND.search(text)]


def seen(html: str) -> str:
    """The parsed mail as text, without comments, addresses, our images and what only held one."""
    document = turbohtml.parse(html)
    for element in list(document.iter_elements()):
        if "href" in element.attrs:
            element.attrs["href"] = "x"
        if element.tag == "img" and "track.example/" in str(element.attrs.get("src")):
            element.decompose()
    text = re.sub(
        r"<!--.*?-->|</?(?:html|head|body)[ >]", "", document.serialize(), flags=re.DOTALL
    )
    return without_empty(text)


def without_empty(text: str) -> str:
    """Formatting that a parser opens again after a block goes if it held nothing but the pixel."""
    while (less := re.sub(r"<(\w+)(?: [^>]*)?></\1>", "", text)) != text:
        text = less
    return text


@pytest.mark.req("R6")
@pytest.mark.parametrize("name", NAMES)
def test_another_parser_sees_the_same_mail(name):
    for html in mutants(name):
        assert seen(stamp(html)) == seen(html), html


@pytest.mark.req("R33")
@pytest.mark.parametrize("name", NAMES)
def test_another_parser_sees_the_same_addresses(name):
    for html in mutants(name):
        links = turbohtml.parse(html).select("a[href], area[href]")
        # A parser repeats a link that was not closed in every block that follows.
        raw = {(link.source_line, link.source_col): str(link.attrs["href"]) for link in links}
        theirs = [target_of(value.replace("&", "&amp;")) for value in raw.values()]
        spots = [spot for spot in survey(html, RULES).spots if not spot.for_outlook]
        ours = [target_of(spot.value.text) for spot in spots]

        # Sorted, for what stands between the cells of a table is moved in front of it.
        assert sorted(filter(None, ours)) == sorted(filter(None, theirs)), html


@pytest.mark.parametrize("name", NAMES)
def test_mutants_are_stamped_once(name):
    for html in mutants(name):
        once = stamp(html)

        assert HtmlBody.read(once, RULES).links == ()
        assert stamp(once) == once
