"""What is ours, and what only looks like it."""

from dataclasses import replace

import pytest

from backend.mail.own_addresses import OwnAddress, own_link, own_pixel
from backend.mail.web_address import WebAddress
from tests.mail.samples import RULES, token

CLICK = token("c", 1)
OPEN = token("o", 1)


def parsed(url: str) -> WebAddress:
    """An address known to be a sound one."""
    web = WebAddress.parse(url)
    assert isinstance(web, WebAddress)
    return web


@pytest.mark.parametrize(
    ("why", "url"),
    [
        ("as we write it", f"https://track.example/c/{CLICK}"),
        ("with a query and a fragment", f"https://track.example/c/{CLICK}?utm_source=x#y"),
        ("in capitals", f"https://track.example/c/{CLICK}".upper()),
        ("an old host", f"http://old-track.example/c/{CLICK}"),
        ("a host with a port", f"http://127.0.0.1:8001/c/{CLICK}"),
        ("the default port written out", f"https://track.example:443/c/{CLICK}"),
        ("behind a prefix", f"https://track.example/t/x/c/{CLICK}"),
    ],
)
def test_our_own_links_are_known(why, url):
    assert own_link(parsed(url), RULES) == OwnAddress("c", CLICK), why


@pytest.mark.parametrize(
    ("why", "url"),
    [
        (
            "Safe Links",
            f"https://nam01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftrack.example%2Fc%2F{CLICK}&data=x",
        ),
        ("URL Defense 3", f"https://urldefense.com/v3/__https://track.example/c/{CLICK}__;!!x!y$"),
        (
            "URL Defense 3, one slash",
            f"https://urldefense.com/v3/__https:/track.example/c/{CLICK}__;!!x!y$",
        ),
        (
            "URL Defense 2",
            f"https://urldefense.proofpoint.com/v2/url?u=https-3A__track.example_c_{CLICK}&d=x",
        ),
    ],
)
def test_our_own_links_are_known_in_the_wrapping_of_gateways(why, url):
    assert own_link(parsed(url), RULES) == OwnAddress("c", CLICK, is_wrapped=True), why


@pytest.mark.parametrize(
    ("why", "url"),
    [
        ("a host that begins with ours", f"https://track.example.evil.example/c/{CLICK}"),
        ("a host that ends with ours", f"https://xtrack.example/c/{CLICK}"),
        ("ours in the fragment", f"https://evil.example/#https://track.example/c/{CLICK}"),
        ("ours in a query", f"https://evil.example/?url=https://track.example/c/{CLICK}"),
        ("another port", f"https://track.example:8443/c/{CLICK}"),
        ("a token that does not check", f"https://track.example/c/{OPEN}"),
        ("no token", "https://track.example/c/"),
        ("more behind the token", f"https://track.example/c/{CLICK}/x"),
        ("another page of ours", "https://track.example/"),
        ("a wrapping without content", "https://urldefense.com/v3/x"),
        (
            "a wrapping of something else",
            "https://a.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example",
        ),
        (
            "a host that looks like the gateway's",
            f"https://urldefense.com.evil.example/v3/__https://track.example/c/{CLICK}__;",
        ),
    ],
)
def test_look_alikes_are_not_ours(why, url):
    assert own_link(parsed(url), RULES) is None, why


@pytest.mark.parametrize(
    ("why", "url", "token_found"),
    [
        ("as we write it", f"https://track.example/o/{OPEN}.gif", OPEN),
        ("another suffix", f"https://track.example/o/{OPEN}.png", OPEN),
        ("no suffix", f"https://track.example/o/{OPEN}", OPEN),
        ("a marker", f"https://track.example/m/{token('m', 2)}.gif", token("m", 2)),
        (
            "in Gmail's quote",
            f"https://ci3.googleusercontent.com/meips/A=s0-d-e1-ft#https://track.example/o/{OPEN}.gif",
            OPEN,
        ),
        ("not on Google's host", f"https://evil.example/#https://track.example/o/{OPEN}.gif", None),
        ("a link's token", f"https://track.example/o/{CLICK}.gif", None),
        ("a link as image", f"https://track.example/c/{CLICK}", None),
        ("an inline image", "cid:image001.png", None),
    ],
)
def test_our_own_pixels_are_known(why, url, token_found):
    own = own_pixel(url, RULES)

    assert (own and own.token) == token_found, why


def test_without_own_hosts_nothing_is_ours():
    rules = replace(RULES, own_hosts=frozenset())

    assert own_pixel(f"https://track.example/o/{OPEN}.gif", rules) is None
