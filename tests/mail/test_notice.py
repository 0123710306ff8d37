"""The notice stands once, before the pixel, with the link of this mail."""

import pytest

from backend.mail.html_body import HtmlBody
from tests.mail.samples import NAMES, PIXEL, RULES, mail, stamp, token

PAGE = f"https://track.example/u/{token('u', 1)}"
NOTICE = f'<p>We see if you open this. <a href="{PAGE}">Stop</a></p>'
BLOCK = f'<div data-telltale="notice">{NOTICE}</div>'


@pytest.mark.req("R75")
def test_the_notice_stands_before_the_pixel_at_the_end_of_the_new_text():
    html = stamp("<p>Hi</p><blockquote>old</blockquote>", notice=NOTICE)

    assert html == f"<p>Hi</p>{BLOCK}{PIXEL}<blockquote>old</blockquote>"


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_with_a_notice_is_stamped_only_once(name):
    once = stamp(mail(name), notice=NOTICE)

    assert once.count(PAGE) == 1
    assert stamp(once, notice=NOTICE) == once


def test_a_new_notice_takes_the_place_of_the_old():
    other = NOTICE.replace(token("u", 1), token("u", 2))

    html = stamp(stamp("<p>Hi</p>", notice=NOTICE), notice=other)

    assert html == stamp("<p>Hi</p>", notice=other)


def test_a_notice_whose_block_an_editor_took_away_is_pointed_to_the_new_page():
    kept = f"<p>Hi</p>{NOTICE.replace(token('u', 1), token('u', 2))}"

    assert stamp(kept, notice=NOTICE) == f"<p>Hi</p>{NOTICE}{PIXEL}"


def test_a_block_that_never_ends_hides_no_notice():
    open_block = '<div data-telltale="notice"><div class="gmail_quote">'
    once = stamp(open_block, notice=NOTICE)

    again = HtmlBody.read(once, RULES).unwrapped({})

    assert (again, stamp(once, notice=NOTICE)) == (open_block, once)


def test_unwrapping_takes_the_notice_away():
    html = stamp("<p>Hi</p></body>", notice=NOTICE)

    assert HtmlBody.read(html, RULES).unwrapped({}) == "<p>Hi</p></body>"


@pytest.mark.parametrize(
    ("why", "html"),
    [
        ("in a quote", f"<blockquote>{BLOCK}</blockquote>"),
        ("without a link of ours", '<div data-telltale="notice">text of somebody else</div>'),
        ("that never ends", '<div data-telltale="notice"><a href=' + PAGE),
    ],
)
def test_a_notice_stays(why, html):
    assert HtmlBody.read(html, RULES).unwrapped({}) == html, why
