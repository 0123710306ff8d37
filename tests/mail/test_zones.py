"""Where new text, signature and quotes are."""

import re

import pytest

from backend.mail.html_scan import Scan
from backend.mail.zones import Element, Zone, Zones


def zones_of_links(html: str, *, wrap_signature: bool = True) -> list[Zone]:
    """The zone of each <a>."""
    zones = Zones(html, wrap_signature=wrap_signature)
    found = []
    scan = Scan(html)
    scan.names = zones.names
    for tag in scan:
        zones.see(tag)
        scan.names = zones.names
        if tag.name == "a":
            found.append(zones.here)
    return found


NEW, QUOTED, SIGNATURE = Zone.NEW, Zone.QUOTED, Zone.SIGNATURE


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("no quote", "<p><a>", [NEW]),
        ("text after a quote is new", "<blockquote><a></blockquote><a>", [QUOTED, NEW]),
        (
            "quotes within quotes",
            "<blockquote><blockquote></blockquote><a></blockquote><a>",
            [QUOTED, NEW],
        ),
        ("answers between quotes", "<blockquote></blockquote><a><blockquote><a>", [NEW, QUOTED]),
        (
            "divs within the quote's div",
            "<div class=gmail_quote><div></div><a></div><a>",
            [QUOTED, NEW],
        ),
        (
            "an end tag too many inside a cell",
            "<div class=gmail_quote><table><td></div><a></table><a>",
            [QUOTED, QUOTED],
        ),
        (
            "a cell that ends its open divs",
            "<div class=gmail_quote><table><td><div><td><div></table></div><a>",
            [NEW],
        ),
        (
            "an end tag without a partner",
            "<div class=gmail_quote></blockquote></td></table><a>",
            [QUOTED],
        ),
        ("a div closed from outside", "<blockquote><div></blockquote><a>", [NEW]),
        (
            "a mark inside a quote is an older mail's",
            "<blockquote><hr id=stopSpelling></blockquote><a>",
            [NEW],
        ),
        (
            "all behind Outlook's header",
            "<div id=appendonsend></div><a></div><a>",
            [QUOTED, QUOTED],
        ),
        ("a From/Sent block", "<a><p><b>From:</b> A<br><b>Sent:</b> x</p><a>", [NEW, QUOTED]),
        ("such a block in a comment", "<!-- <b>From:</b> A<br><b>Sent:</b> --><a>", [NEW]),
        ("such a block in an attribute", "<p x='<b>From:</b><b>Sent:</b>'><a>", [NEW]),
        ("a separator line", "<a><p>-----Original Message-----</p><a>", [NEW, QUOTED]),
        ("a mark in a comment", "<!-- <div class=gmail_quote> --><a>", [NEW]),
        ("a mark in style", "<style>.gmail_quote{}</style><div><a>", [NEW]),
    ],
)
def test_links_stand_in_a_zone(why, html, expected):
    assert zones_of_links(html) == expected, why


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("an element", "<a><div class=gmail_signature><a></div><a>", [NEW, SIGNATURE, NEW]),
        (
            "a line of dashes, up to the quote",
            "<a><div>-- <br><a></div><blockquote><a>",
            [NEW, SIGNATURE, QUOTED],
        ),
        ("Word's mark", "<a name=_MailAutoSig></a><p><a>", [SIGNATURE, SIGNATURE]),
        (
            "a quote inside a signature's div",
            "<div id=Signature><blockquote><a></blockquote><a></div>",
            [QUOTED, SIGNATURE],
        ),
    ],
)
def test_a_signature_is_followed_if_asked_for(why, html, expected):
    assert zones_of_links(html, wrap_signature=False) == expected, why
    assert SIGNATURE not in zones_of_links(html, wrap_signature=True), why


def test_our_notice_is_found_in_new_text_only():
    block = '<div data-telltale="notice"><div>x</div></div>'
    zones = Zones(block + f"<blockquote>{block}</blockquote>", wrap_signature=True)
    scan = Scan(block + f"<blockquote>{block}</blockquote>")
    scan.names = zones.names

    for tag in scan:
        zones.see(tag)

    assert zones.notices == [(0, len(block))]


@pytest.mark.parametrize(
    ("tags", "ends_at"),
    [
        ("div /div /div", 2),
        ("/blockquote /div", 1),
        ("table div /table /div", 3),
        ("table td /div /td /table /div", 5),
        ("td /div", 1),
        ("blockquote div /blockquote /div", 3),
    ],
)
def test_an_element_ends_with_its_own_end_tag(tags, ends_at):
    element = Element("div")

    ends = [element.closes_with(name) for name in re.findall(r"\S+", tags)]

    assert ends.index(True) == ends_at
