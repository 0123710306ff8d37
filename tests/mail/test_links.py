"""Links in their order, with their position, text and twin."""

import pytest

from backend.mail.html_body import HtmlBody
from backend.mail.link_rules import LeftReason
from tests.mail.samples import RULES, token

OURS = f"https://track.example/c/{token('c', 5)}"


def read(html: str) -> HtmlBody:
    """The body read by the rules of the tests."""
    return HtmlBody.read(html, RULES)


@pytest.mark.req("R33")
def test_links_have_position_address_and_text():
    body = read(
        "<a href=' https://a.example/?x=1&amp;y '>One <b>link</b></a><a href=http://b.example>Two"
    )

    assert [(link.position, link.url, link.text) for link in body.links] == [
        (0, "https://a.example/?x=1&y", "One link"),
        (1, "http://b.example", "Two"),
    ]


def test_our_own_links_keep_their_position():
    body = read(f"<a href={OURS}>x</a><a href=https://b.example/>y</a>")

    assert [link.position for link in body.links] == [1]
    assert [(link.url, link.reason) for link in body.left] == [(OURS, LeftReason.OWN)]


def test_links_that_are_left_take_no_position():
    body = read(
        "<a href=mailto:x@y.example>m</a><blockquote><a href=https://q.example/>q</a></blockquote>"
        "<a href=https://b.example/>b</a>"
    )

    assert [link.position for link in body.links] == [0]
    assert [link.reason for link in body.left] == [LeftReason.NOT_HTTP, LeftReason.QUOTED]


BUTTON = "<!--[if mso]><v:rect href='https://a.example/'><center>Go</center></v:rect><![endif]-->"


@pytest.mark.req("R9")
@pytest.mark.parametrize(
    ("why", "html", "texts"),
    [
        ("a button before its twin", BUTTON + "<a href=https://a.example/>Go now</a>", ["Go now"]),
        ("a button after its twin", "<a href=https://a.example/>Go now</a>" + BUTTON, ["Go now"]),
        ("a button that only Outlook has", BUTTON, ["Go"]),
        ("a link of another address", BUTTON + "<a href=https://a.example/x>x</a>", ["Go", "x"]),
        (
            "two links of one address",
            "<a href=https://a.example/>1</a><a href=https://a.example/>2</a>",
            ["1", "2"],
        ),
    ],
)
def test_a_button_for_outlook_shares_the_position_of_its_twin(why, html, texts):
    assert [link.text for link in read(html).links] == texts, why


def test_of_two_twins_the_nearer_is_taken():
    far = "<a href=https://a.example/>far</a>" + "x" * 500
    body = read(far + BUTTON + "<a href=https://a.example/>near</a>")

    stamped = body.stamped(None, {1: "https://track.example/c/near"})

    assert stamped.count("https://track.example/c/near") == 2
    assert stamped.startswith(far)


def test_a_button_is_left_with_its_twin():
    body = read(BUTTON + "<a href=https://a.example/ data-no-track>Go</a>")

    assert body.links == ()
    assert [left.reason for left in body.left] == [LeftReason.OPTED_OUT]
