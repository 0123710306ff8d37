"""Mails made to mislead: each is stamped as a browser would read it."""

import pytest

from backend.mail.html_body import HtmlBody
from tests.mail.samples import PIXEL, RULES, stamp

A = "https://a.example/"

CASES = [
    # why, html, the addresses that are links
    ("a link in a comment", f"<!-- <a href='{A}'> -->", []),
    ("a link behind a comment that seems open", f"<!--><a href='{A}'>x</a>", [A]),
    ("a link in a comment closed by a bang", f"<!-- --!><a href='{A}'>x</a>", [A]),
    ("a link in a comment that only seems closed", f"<!-- -- ><a href='{A}'>x</a>", []),
    ("a link in style", f"<style><a href='{A}'></style>", []),
    ("a link in a title", f"<title><a href='{A}'></title>", []),
    ("a link in a textarea", f"<textarea><a href='{A}'></textarea>", []),
    ("a link in script text", f"<script>'<a href=\"{A}\">'</script>", []),
    ("a link in an attribute", f"<img alt=\"<a href='{A}'>\">", []),
    ("a link behind an attribute with >", f'<img alt="a > b"><a href="{A}">x</a>', [A]),
    ("an href in the value of another attribute", f"<a title=\"href='{A}'\">x</a>", []),
    ("an attribute that ends in href", f"<a data-href='{A}' xhref='{A}'>x</a>", []),
    ("href twice", f"<a href='{A}1' href='{A}2'>x</a>", [A + "1"]),
    ("an empty href first", f"<a href='' href='{A}'>x</a>", []),
    ("href in capitals", f"<A HREF='{A}'>x</A>", [A]),
    ("spaces around the equals sign", f"<a href \n=\t '{A}'>x</a>", [A]),
    ("a slash for a space", f"<a/href='{A}'/>x</a>", [A]),
    ("no space between attributes", f"<a id='1'href='{A}'class=x>x</a>", [A]),
    ("an unquoted value", f"<a href={A}?b=c>x</a>", [A + "?b=c"]),
    ("an unquoted value with a quote", f'<a href={A}"x>x</a>', [A + '"x']),
    ("a quote that never ends", f'<a href="{A}>x</a>', []),
    ("a tag that never ends", f"<a href='{A}' x", []),
    ("white space in the value", f"<a href=' \n{A}\t '>x</a>", [A]),
    ("a line break in the scheme", "<a href='ht\ntps://a.example/'>x</a>", [A]),
    ("a reference in the scheme", "<a href='&#104;ttps://a.example/'>x</a>", [A]),
    ("a reference in the quotes", f"<a href='{A}?q=&quot;x&#39;'>x</a>", [A + "?q=\"x'"]),
    ("a parameter like a reference", f"<a href='{A}?a&copy=1&lt=2'>x</a>", [A + "?a&copy=1&lt=2"]),
    ("escaped twice", f"<a href='{A}?a=1&amp;amp;b'>x</a>", [A + "?a=1&amp;b"]),
    ("NUL in the name of a tag", f"<a\x00 href='{A}'>x</a>", []),
    ("NUL in the address", f"<a href='{A}\x00x'>x</a>", []),
    ("half a surrogate pair", f"<a href='{A}\ud800'>x</a>", []),
    ("a no-break space is no white space", f"<a\xa0href='{A}'>x</a>", []),
    ("a vertical tab is none either", f"<a\x0bhref='{A}'>x</a>", []),
    ("a form feed is", f"<a\x0chref='{A}'>x</a>", [A]),
    ("an element whose name begins with a", f"<abbr href='{A}'><address href='{A}'>", []),
    ("SVG's own link attribute", f"<svg><a xlink:href='{A}'>x</a></svg>", []),
    ("a base", f"<base href='{A}'><a href='x'>x</a>", []),
    ("links in each other", f"<a href='{A}1'><a href='{A}2'>x</a></a>", [A + "1", A + "2"]),
    ("a link that never ends", f"<a href='{A}'>x", [A]),
    ("an end tag with an href", f"</a href='{A}'>x", []),
    ("a meta refresh", f"<meta http-equiv=refresh content='0;url={A}'>", []),
    ("a form", f"<form action='{A}'><button formaction='{A}'></form>", []),
    ("a < before a link", f"1 < 2 <a href='{A}'>x</a>", [A]),
    ("two < before a link", f"<<a href='{A}'>x</a>", [A]),
    ("CDATA", f"<![CDATA[ <a href='{A}'>x</a> ]]>", []),
    ("a DOCTYPE with quotes", f"<!DOCTYPE html \"><a href='{A}'>x</a>\">", [A]),
    ("a processing instruction", f"<?php echo '>'; ?><a href='{A}'>x</a>", [A]),
    ("noscript", f"<noscript><a href='{A}'>x</a></noscript>", [A]),
    ("an unknown element of raw text", f"<noembed><a href='{A}'></noembed>", []),
    ("a conditional comment in capitals", f"<!--[IF mso]><a href='{A}'>x</a><![ENDIF]-->", [A]),
    (
        "a conditional comment with a space is none",
        f"<!-- [if mso]><a href='{A}'>x</a><![endif]-->",
        [],
    ),
    ("a link that spans a conditional comment's end", f"<!--[if mso]><a href='-->{A}'>x</a>", []),
    (
        "the word for a quote only in an address",
        "<a href='https://a.example/tabindex'><p class=gmail_quote><hr style=display:inline-block>",
        ["https://a.example/tabindex"],
    ),
    (
        "the same address longer and shorter",
        f"<a href='{A}'>1</a><a href='{A}x'>2</a>",
        [A, A + "x"],
    ),
    ("the text equals the address", f"<a href='{A}'>{A}</a>", [A]),
]


@pytest.mark.req("R9")
@pytest.mark.parametrize(("why", "html", "links"), CASES)
def test_links_are_those_of_a_browser(why, html, links):
    assert [link.url for link in HtmlBody.read(html, RULES).links] == links, why


@pytest.mark.parametrize(("why", "html", "links"), CASES)
def test_stamping_them_twice_is_stamping_them_once(why, html, links):
    once = stamp(html)

    assert once.count(PIXEL) == 1
    assert stamp(once) == once, why


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("a tag from its parts", f"<{PIXEL}b>", "< b>"),
        ("a comment from its parts", f"<{PIXEL}!-- x", "< !-- x"),
        (
            "a comment's end",
            f"<!--[if x]>--{PIXEL}> <a href='{A}'><![endif]-->",
            f"<!--[if x]>-- > <a href='{A}'><![endif]-->",
        ),
        ("two pixels in a row", f"<{PIXEL}{PIXEL}b>", "< b>"),
        ("one in a link", f"<a href=mailto:x>{PIXEL}</a>", "<a href=mailto:x></a>"),
        ("one in an attribute is text", f"<b title='{PIXEL}'>", f"<b title='{PIXEL}'>"),
    ],
)
def test_taking_a_pixel_away_makes_nothing_new(why, html, expected):
    assert HtmlBody.read(html, RULES).unwrapped({}) == expected, why


@pytest.mark.parametrize(
    "target",
    [
        '"><script>alert(1)</script>',
        "' onclick='x",
        "https://a.example/?a=1&copy=2",
        "\ud800\x00",
        "",
    ],
)
def test_no_target_breaks_out_of_its_attribute(target):
    ours = "https://track.example/c/c" + "0" * 31
    for quote in ('"', "'", ""):
        html = f"<a href={quote}{ours}{quote}>x</a>"

        plain = HtmlBody.read(html, RULES).unwrapped({"c" + "0" * 31: target})

        inside = plain.removeprefix("<a href=").removesuffix(">x</a>")[1:-1]
        assert not set(inside) & set("<>\"'")
