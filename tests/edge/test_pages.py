"""The pages of the tracking host: nothing from elsewhere, nothing echoed."""

import re

import pytest

from backend.edge import pages
from backend.tracking import hostcheck
from backend.tracking.facts import Kind

FACE = pages.Face("track.test", 'https://owner.test/"><script>')
PAGES = {
    "home": pages.home(FACE),
    "choices": pages.choices(),
    "unsubscribed": pages.chosen("unsubscribe"),
    "stopped": pages.chosen("stop"),
    "not chosen": pages.not_chosen(),
    "link later": pages.try_again("link"),
    "choice later": pages.try_again("choice"),
    "dead link": pages.no_such_page(Kind.CLICK),
    "dead page": pages.no_such_page(Kind.UNSUBSCRIBE),
    "nothing here": pages.no_such_page(None),
    "too large": pages.too_large(),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_loads_nothing(name):
    page = PAGES[name]
    headers, html = dict(page.headers), page.body.decode()

    assert html.startswith("<!doctype html><html lang=")
    assert html.count("<h1>") == 1
    assert headers["content-length"] == str(len(page.body))
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert re.findall(r"<script|<img|<link|src=|@import|url\(", html) == []


def test_only_the_link_page_asks_again_by_itself():
    asking = [name for name, page in PAGES.items() if b"http-equiv" in page.body]

    assert asking == ["link later"]


@pytest.mark.req("R15")
def test_the_check_of_a_host_knows_us_by_the_home_page():
    assert [name for name, page in PAGES.items() if hostcheck.MARK in page.body] == ["home"]


def test_the_owners_address_is_escaped():
    assert b"&quot;&gt;&lt;script&gt;" in PAGES["home"].body
