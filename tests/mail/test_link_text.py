"""The visible text of a link."""

import pytest

from backend.mail.link_text import LONGEST_TEXT, visible_text


@pytest.mark.parametrize(
    ("why", "markup", "expected"),
    [
        ("plain", "Read more", "Read more"),
        ("white space", "  Read\n\t more&nbsp; ", "Read more"),
        ("inline tags part nothing", "<b>R</b>ead <span>more</span>", "Read more"),
        ("blocks and breaks part words", "<div>Read</div><div>more<br>now</div>", "Read more now"),
        ("references", "Tom &amp; Jerry &copy", "Tom & Jerry \u00a9"),
        ("comments", "Read<!-- not --> more<!--[if mso]>!<![endif]-->", "Read more"),
        ("no text but an image", '<img src=x alt="The logo">', "The logo"),
        ("an image beside text", "<img alt='Logo'>Text", "Text"),
        ("the first image with a text", "<img alt=''><img alt=Second>", "Second"),
        ("nothing to see", "<img src=x>", ""),
        ("padding without width", "\u200bRead\u034f\xad \u200c", "Read"),
        ("what no database takes", "a\x00b\ud800c\x1b", "abc"),
        ("a tag that was cut", "Read <b", "Read"),
        ("an endless number", "&#" + "9" * 9000 + ";", "\ufffd"),
    ],
)
def test_text_is_what_a_reader_sees(why, markup, expected):
    assert visible_text(markup, 0, len(markup)) == expected, why


def test_a_long_text_is_cut():
    markup = "word " * 1000

    assert len(visible_text(markup, 0, len(markup))) <= LONGEST_TEXT


def test_only_the_part_asked_for_is_read():
    assert visible_text("<a>one</a>two", 3, 6) == "one"
