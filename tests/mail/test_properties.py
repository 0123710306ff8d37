"""What holds for every mail, tried on mails put together at random."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.mail.html_body import HtmlBody, pixel_markup
from tests.mail.samples import PIXEL, PIXEL_URL, RULES, stamp, targets, token, wrapped

OURS = f"https://track.example/c/{token('c', 7)}"
PIECES = [
    "<a href='https://a.example/?x=1&amp;y'>",
    '<a href="https://b.example/">',
    "</a>",
    "text ",
    "&amp;",
    "<a href=https://c.example/c>",
    "<A HREF = 'HTTP://D.example'>",
    f"<a href='{OURS}'>",
    PIXEL,
    "<a href=mailto:x@y.example>",
    "<img src=cid:1 alt='>'>",
    "<p class=x>",
    "</p>",
    "<div>",
    "</div>",
    "<div class=gmail_quote>",
    "<blockquote type=cite>",
    "</blockquote>",
    "<table><tr><td>",
    "</td>",
    "</table>",
    "<br>",
    "\r\n",
    "<!-- ",
    " -->",
    "<!--[if mso]>",
    "<![endif]-->",
    "<![if !mso]>",
    "<v:rect href='https://a.example/?x=1&amp;y'>",
    "</v:rect>",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    "<",
    ">",
    '"',
    "'",
    "=",
    "/",
    "-",
    "!",
    "<b>From:</b><br><b>Sent:</b>",
    "<hr id=stopSpelling>",
    "<div data-telltale='notice'>",
    f"<a href='https://track.example/u/{token('u', 1)}'>",
    "</body>",
    "</html>",
    "<html><body>",
    "\x00",
    "\ud800",
    "\U0001f600",
    "<plaintext>",
    "<div style='display:none'>",
    f"<img src='https://ci3.googleusercontent.com/x#{PIXEL_URL}'>",
]
MAILS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40).map("".join)
TRIALS = settings(max_examples=150)


@given(MAILS)
@TRIALS
@example(f"<{PIXEL}{PIXEL}a href=https://a.example/>")
@example(f"<blockquote><{PIXEL}div></blockquote>x")
def test_stamping_twice_is_stamping_once(html):
    once = stamp(html)

    assert stamp(once) == once


@given(MAILS)
@TRIALS
def test_unwrapping_a_stamped_mail_is_unwrapping_the_mail(html):
    body = HtmlBody.read(html, RULES)
    same = {link.position: link.url for link in body.links}
    plain = HtmlBody.read(body.stamped(None, same), RULES)

    back = HtmlBody.read(stamp(html), RULES).unwrapped(targets(body))

    assert back == plain.unwrapped({})


@given(MAILS)
@TRIALS
def test_only_the_places_of_links_and_our_pixel_change(html):
    old = HtmlBody.read(html, RULES).unwrapped({})
    body = HtmlBody.read(old, RULES)
    fresh = f"https://track.example/o/{token('o', 99)}.gif"

    new = body.stamped(fresh, {position: f"@{position}@" for position in wrapped(body)})

    pattern = re.escape(new.replace(pixel_markup(fresh), ""))
    assert re.fullmatch(re.sub(r'("?)@\d+@\1', ".*?", pattern), old, re.DOTALL)


@pytest.mark.req("R4")
@given(st.text())
@TRIALS
def test_any_text_is_read(html):
    body = HtmlBody.read(html, RULES)

    assert body.stamped(PIXEL_URL, {}).count(PIXEL) == 1
    assert body.unwrapped({}) == html


@given(MAILS)
@TRIALS
def test_stamping_what_was_unwrapped_gives_the_stamped_mail_again(html):
    stamped = stamp(html)

    plain = HtmlBody.read(stamped, RULES).unwrapped(targets(HtmlBody.read(html, RULES)))

    assert stamp(plain) == stamped
