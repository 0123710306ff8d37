"""The marks that mail programs leave where a quote or a signature begins."""

import pytest

from backend.mail.html_scan import Scan, attributes
from backend.mail.quotes import (
    OUTLOOK_FOR_MAC,
    Mark,
    header_blocks,
    mark_of,
    may_quote,
    separators,
    signature_lines,
)


def mark(html: str) -> Mark | None:
    """What the first tag of the text begins."""
    scan = Scan(html)
    scan.names = scan.names.ALL
    tag = next(iter(scan))
    return mark_of(tag.name, attributes(html, tag))


MARKS = [
    ("Gmail", '<div class="gmail_quote gmail_quote_container">', Mark.QUOTE_ELEMENT),
    ("Gmail, quoted by Outlook on the web", "<div class=x_gmail_quote>", Mark.QUOTE_ELEMENT),
    ("Thunderbird's line", '<div class="moz-cite-prefix">', Mark.QUOTE_ELEMENT),
    ("Thunderbird's forward", '<div class="moz-forward-container">', Mark.QUOTE_ELEMENT),
    ("Apple Mail", '<blockquote type="CITE">', Mark.QUOTE_ELEMENT),
    ("a bare blockquote", "<BLOCKQUOTE>", Mark.QUOTE_ELEMENT),
    ("mail.ru", "<blockquote style='border-left:1px solid #0857A6'>", Mark.QUOTE_ELEMENT),
    ("Yahoo", '<div id="yahoo_quoted_12">', Mark.QUOTE_ELEMENT),
    (
        "Outlook's line",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt'>",
        Mark.QUOTE_TO_THE_END,
    ),
    (
        "Outlook 2010's line",
        "<div style='border-top:solid #B5C4DF 1.0pt'>",
        Mark.QUOTE_TO_THE_END,
    ),
    (
        "the line as a browser writes it",
        '<div style="border-top: 1pt solid rgb(225, 225, 225)">',
        Mark.QUOTE_TO_THE_END,
    ),
    ("Outlook on the web", "<div id=appendonsend>", Mark.QUOTE_TO_THE_END),
    ("its header", '<div id="divRplyFwdMsg">', Mark.QUOTE_TO_THE_END),
    (
        "its line",
        '<hr style="display:inline-block;width:98%" tabindex="-1">',
        Mark.QUOTE_TO_THE_END,
    ),
    ("Hotmail of old", '<hr id="stopSpelling">', Mark.QUOTE_TO_THE_END),
    ("Outlook for Mac", '<span id="OLK_SRC_BODY_SECTION">', Mark.QUOTE_TO_THE_END),
    ("GMX", '<div name="quote">', Mark.QUOTE_TO_THE_END),
    (
        "Gmail's signature",
        '<div data-smartmail="x" class="gmail_signature">',
        Mark.SIGNATURE_ELEMENT,
    ),
    ("Outlook's signature", '<div id="Signature">', Mark.SIGNATURE_ELEMENT),
    ("Word's signature", '<a name="_MailAutoSig">', Mark.SIGNATURE_TO_THE_QUOTE),
    ("our notice", '<div data-telltale="notice">', Mark.NOTICE),
    (
        "an indented paragraph",
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">',
        None,
    ),
    ("an ordinary line", "<hr>", None),
    ("a line of another colour", "<div style='border-top:solid #cccccc 1.0pt'>", None),
    ("an ordinary div", '<div class="quotes" id="gmail_quotes">', None),
]
QUOTES = (Mark.QUOTE_ELEMENT, Mark.QUOTE_TO_THE_END, Mark.NOTICE)


@pytest.mark.req("R26")
@pytest.mark.parametrize(("why", "html", "expected"), MARKS)
def test_a_tag_marks_a_beginning(why, html, expected):
    assert mark(html) is expected, why


@pytest.mark.parametrize("html", [row[1] for row in MARKS if row[2] in QUOTES])
def test_every_quote_has_a_word_that_says_so(html):
    assert may_quote(html.lower()) or OUTLOOK_FOR_MAC in html.lower()


@pytest.mark.parametrize(
    ("why", "html", "expected"),
    [
        ("the word is text", "<div>a quote, tabindex</div><hr>", False),
        ("in another tag", "<div><p class=gmail_quote>", False),
        ("in a comment", "<div><!-- quote -->", False),
        ("a name that only begins so", "<divide class=gmail_quote></divide><hr>", False),
        ("behind other tags like it", "<div id=a></div>" * 3 + "<div class=gmail_quote>", True),
        ("behind a > in a value", "<div a='>' class=gmail_quote>", True),
        ("behind a < in a value", "<div a='<' class=gmail_quote>", True),
        ("behind both", "<div a='>' b=\"<div '>\" class=gmail_quote>", True),
        (
            "in a tag that another in a comment runs into",
            "<!-- <div a='--><div b=\"' > \" class=gmail_quote>",
            True,
        ),
    ],
)
def test_a_quote_is_looked_for_in_the_tags_that_can_begin_one(why, html, expected):
    assert may_quote(html) is expected, why


@pytest.mark.parametrize(
    ("why", "html", "is_one"),
    [
        ("English", "<b>From:</b> A<br><b>Sent:</b> today", True),
        (
            "spans as Word writes them",
            "<b><span lang=X>From:</span></b> A<br>\r\n<b>Date:</b>",
            True,
        ),
        ("German", "<strong>Von:</strong> A<br><strong>Gesendet:</strong> x", True),
        ("French with its space", "<b>De&nbsp;:</b> A<br><b>Envoy\u00e9&nbsp;:</b> x", True),
        ("Japanese", "<b>\u5dee\u51fa\u4eba:</b> A<br><b>\u9001\u4fe1\u65e5\u6642:</b> x", True),
        ("only a From", "<b>From:</b> our shop to your door", False),
        ("a date far away", "<b>From:</b>" + "x" * 3000 + "<b>Sent:</b>", False),
        ("no bold words", "From: A<br>Sent: x", False),
    ],
)
def test_a_block_of_headers_begins_a_quote(why, html, is_one):
    assert header_blocks(html) == (frozenset({0}) if is_one else frozenset()), why


@pytest.mark.parametrize(
    ("html", "is_one"),
    [
        ("<p>-----Original Message-----", True),
        ("<DIV style='x'>----- Original Message ----- ", True),
        ("<br> -----Urspr\u00fcngliche Nachricht-----", True),
        ("<p>--- Original recipe ---", False),
        ("<p>Original Message", False),
    ],
)
def test_a_separator_line_begins_a_quote(html, is_one):
    assert bool(separators(html)) is is_one


def test_two_dashes_and_a_space_begin_a_signature():
    assert signature_lines("<p>Bye</p><div>-- <br>Alice</div>") == {10}
    assert signature_lines("<div>--&nbsp;<br>") == {0}
    assert not signature_lines("<div>-- and so on</div>")
