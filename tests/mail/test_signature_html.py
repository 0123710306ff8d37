"""A signature keeps what mail may carry, and nothing that runs, loads by itself or covers it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.mail.signature_html import clean, filled, is_empty

KEPT = (
    '<p style="color: #333; margin: 0 0 4px">{name}<br>Sales</p>',
    '<a href="https://ours.test/?a=1&amp;b=2" title="We">ours.test</a>',
    '<a href="mailto:{address}">{address}</a> · <a href="tel:+49301">+49 301</a>',
    '<table border="0" cellpadding="0"><tbody><tr><td width="80" valign="top">A</td></tr></tbody>'
    "</table>",
    '<img src="https://ours.test/logo.png" alt="" width="80" height="24">',
    '<font color="#555" face="Arial">A</font>',
    '<p style="font-family: &#x27;Segoe UI&#x27;, sans-serif; color: rgb(1, 2, 3)">A</p>',
    "<p>1 &lt; 2 &amp; 3 &gt; 2</p>",
)
CHANGED = (
    ("a script, with what is in it", "<p>A</p><script>alert(1)</script>", "<p>A</p>", "script"),
    ("a script that never ends", "<p>A</p><script>alert(1)", "<p>A</p>", "script"),
    ("a script in capitals", "<SCRIPT src=//x.test></SCRIPT>A", "A", "script"),
    ("a handler", '<p onclick="x()">A</p>', "<p>A</p>", "onclick"),
    ("an address that runs", '<a href="javascript:x()">A</a>', "<a>A</a>", "href"),
    ("one in disguise", '<a href="&#106;ava&#10;script:x()">A</a>', "<a>A</a>", "href"),
    ("one with data", '<a href="data:text/html,x">A</a>', "<a>A</a>", "href"),
    ("a picture in the clear", '<img src="http://x.test/a.png" alt="A">', '<img alt="A">', "src"),
    ("a picture of the mail", '<img src="cid:1">', "<img>", "src"),
    ("a picture with data", '<img src="data:image/png;base64,x">', "<img>", "src"),
    ("a frame", '<iframe src="https://x.test">A</iframe>B', "B", "iframe"),
    ("a sheet of styles", "<style>p{}</style><p>A</p>", "<p>A</p>", "style"),
    ("a sheet from elsewhere", '<link rel="stylesheet" href="https://x.test">A', "A", "link"),
    ("a form, but not its text", '<form action="https://x.test">A<input></form>', "A", "form"),
    ("a drawing", '<svg><a xlink:href="javascript:x()">A</a></svg>B', "B", "svg"),
    ("what lies over the mail", '<p style="position: fixed; color: red">A</p>',
     '<p style="color: red">A</p>', "position"),
    ("a style that loads", '<p style="background-color: url(https://x.test)">A</p>', "<p>A</p>",
     "background-color"),
    ("a style that runs", '<p style="width: expression(x())">A</p>', "<p>A</p>", "width"),
    ("a style with an escape", r'<p style="color: \72 ed">A</p>', "<p>A</p>", "color"),
    ("an id", '<p id="a" class="b">A</p>', "<p>A</p>", "id"),
    ("a comment", "<!-- [if mso]><p>A</p><![endif] -->B", "B", None),
    ("a whole page", "<html><head><title>T</title></head><body><p>A</p></body></html>", "<p>A</p>",
     "head"),
    ("what is not closed", "<p><b>A", "<p><b>A</b></p>", None),
    ("what is closed across", "<b><i>A</b>B</i>", "<b><i>A</i></b>B", None),
    ("an end too many", "A</p></td>", "A", None),
    ("an attribute twice", '<a href="https://a.test" href="https://b.test">A</a>',
     '<a href="https://a.test">A</a>', None),
    ("one that breaks out", """<p title='"><script>x()</script>'>A</p>""", "<p>A</p>", "title"),
)  # fmt: skip


@pytest.mark.parametrize("html", KEPT)
def test_what_signatures_are_made_of_stays(html):
    assert (clean(html).html, clean(html).left_out) == (html, ())


@pytest.mark.parametrize(("why", "html", "kept", "left_out"), CHANGED)
def test_left_out_is(why, html, kept, left_out):
    found = clean(html)

    assert found.html == kept, why
    assert left_out is None or left_out in found.left_out
    assert clean(kept) == clean(kept).__class__(kept, ())


PIECES = st.sampled_from([
    "<", ">", '"', "'", "&", ";", "/", "=", " ", "<p>", "</p>", "<script>", "</script>", "<style>",
    "<a href=", "<img src=", "javascript:", "https://x.test", "style=", "color:red", "url(",
    "onload=x", "<!--", "-->", "<![CDATA[", "]]>", "<svg", "<td", "\0", "é", "{name}", "&lt;",
])  # fmt: skip


class Tags(HTMLParser):
    """Every tag and attribute of a text."""

    def __init__(self, html):
        super().__init__()
        self.found = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found |= {tag, *(name for name, _ in attrs)}
        self.found |= {value for name, value in attrs if name in {"href", "src"}}


@settings(max_examples=150)
@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_whatever_is_given_what_stays_is_harmless_and_stays_again(html):
    kept = clean(html).html

    assert clean(kept).html == kept
    assert clean(kept).left_out == ()
    for each in Tags(kept).found:
        assert (
            not re.match(r"on|script|style$|iframe|javascript|data:|svg", each) or each == "style"
        )


def test_the_slots_hold_text():
    template = '<p>{name}</p><a href="mailto:{address}">{address}</a>{other}'

    html = filled(template, 'A <b>"&{address}', "a@b.test")

    assert html == (
        '<p>A &lt;b&gt;&quot;&amp;{address}</p><a href="mailto:a@b.test">a@b.test</a>{other}'
    )


def test_what_was_stored_before_is_cleaned_on_its_way_out():
    assert filled("<p>{name}</p><script>x()</script>", "A", "a@b.test") == "<p>A</p>"


@pytest.mark.parametrize(
    ("html", "empty"),
    [
        ("", True),
        ("<p> &nbsp;<br></p>", True),
        ("<p>\xa0</p>", True),
        ("<p>A</p>", False),
        ('<img src="https://x.test/a.png">', False),
    ],
)
def test_a_signature_of_nothing_is_empty(html, empty):
    assert is_empty(clean(html).html) == empty
