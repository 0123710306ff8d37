"""The reasons to leave a link, and which of two comes first."""

from dataclasses import replace

import pytest

from backend.mail.link_rules import LONGEST_ADDRESS, Anchor, LeftReason, why_left
from backend.mail.web_address import WebAddress
from backend.mail.zones import Zone
from tests.mail.samples import RULES


def anchor(url: str, text: str = "x", zone: Zone = Zone.NEW) -> Anchor:
    """A link of somebody else's."""
    return Anchor(url, text, WebAddress.parse(url), zone, is_own=False, has_no_track=False)


@pytest.mark.req("R9")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://shop.example/", None),
        ("http://shop.example/", None),
        ("mailto:carol@customer.example", LeftReason.NOT_HTTP),
        ("tel:+49301234", LeftReason.NOT_HTTP),
        ("#top", LeftReason.NOT_HTTP),
        ("javascript:alert(1)", LeftReason.NOT_HTTP),
        ("//shop.example/", LeftReason.NOT_HTTP),
        ("{{link}}", LeftReason.PLACEHOLDER),
        ("http://", LeftReason.EMPTY_HOST),
        ("https:///shop.example", LeftReason.EMPTY_HOST),
        ("https://a@shop.example/", LeftReason.USERINFO),
        ("https://shop.example\\@evil.example/", LeftReason.MALFORMED),
        ("http://localhost:3000/", LeftReason.PRIVATE_HOST),
        ("https://left.example/", LeftReason.OPTED_OUT),
        ("https://www.LEFT.example/", LeftReason.OPTED_OUT),
        ("https://notleft.example/", None),
        ("https://shop.example/unsubscribe", LeftReason.UNSUBSCRIBE),
        ("https://shop.example/a.ics", LeftReason.CALENDAR),
        ("https://shop.example/reset-password", LeftReason.ONE_TIME),
        ("https://shop.example/" + "x" * LONGEST_ADDRESS, LeftReason.TOO_LONG),
    ],
)
def test_a_link_is_left_for_a_reason_or_wrapped(url, reason):
    assert why_left(anchor(url), RULES) == reason


def test_a_private_host_may_be_named_as_ours_to_wrap():
    rules = replace(RULES, local_hosts=frozenset({"127.0.0.1:8000"}))

    assert why_left(anchor("http://127.0.0.1:8000/shop"), rules) is None
    assert why_left(anchor("http://127.0.0.1:8002/"), rules) is LeftReason.PRIVATE_HOST


def test_an_opted_out_domain_may_be_written_in_its_own_letters():
    rules = replace(RULES, left_domains=frozenset({"b\u00fccher.example"}))

    assert why_left(anchor("https://xn--bcher-kva.example/"), rules) is LeftReason.OPTED_OUT


@pytest.mark.parametrize(
    ("why", "link", "reason"),
    [
        (
            "ours, even in a quote",
            anchor("https://x.example/", zone=Zone.QUOTED)._replace(is_own=True),
            LeftReason.OWN,
        ),
        (
            "a quote before all else",
            anchor("mailto:a@b.example", zone=Zone.QUOTED),
            LeftReason.QUOTED,
        ),
        ("a signature after all else", anchor("tel:1", zone=Zone.SIGNATURE), LeftReason.NOT_HTTP),
        ("a signature", anchor("https://x.example/", zone=Zone.SIGNATURE), LeftReason.SIGNATURE),
        (
            "an attribute",
            anchor("https://x.example/")._replace(has_no_track=True),
            LeftReason.OPTED_OUT,
        ),
    ],
)
def test_the_first_reason_is_given(why, link, reason):
    assert why_left(link, RULES) is reason, why
