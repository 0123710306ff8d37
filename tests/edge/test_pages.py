"""The pages of the tracking host: nothing from elsewhere, nothing echoed, in each language."""

import re

import pytest

from backend.edge import pages
from backend.settings import Settings
from backend.tracking import hostcheck
from backend.tracking.facts import Kind
from backend.words import Language

FACE = pages.Face('https://owner.test/"><script>')
SPOKEN = pages.in_every_language(FACE)


def all_of(language):
    made = SPOKEN[language]
    return {
        "home": made.home,
        "choices": made.choices,
        "unsubscribed": made.chosen["unsubscribe"],
        "stopped": made.chosen["stop"],
        "not chosen": made.not_chosen,
        "link later": made.link_later,
        "choice later": made.choice_later,
        "dead link": made.gone(Kind.CLICK),
        "dead page": made.gone(Kind.UNSUBSCRIBE),
        "nothing here": made.gone(None),
        "too large": made.too_large,
    }


PAGES = {(language, name): page for language in Language for name, page in all_of(language).items()}


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_a_page_is_whole_and_loads_nothing(language, name):
    page = PAGES[language, name]
    headers, html = dict(page.headers), page.body.decode()

    assert html.startswith(f'<!doctype html><html lang="{language}">')
    assert html.count("<h1>") == 1
    assert headers["content-language"] == language
    assert headers["vary"] == "accept-language"
    assert headers["content-length"] == str(len(page.body))
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert re.findall(r"<script|<img|<link|src=|@import|url\(|\{\w+\}|\0", html) == []


def test_no_page_is_the_same_in_both_languages():
    bodies = [page.body.decode() for page in PAGES.values()]
    texts = [re.sub(r"<style>.*?</style>|<[^>]*>", "", body) for body in bodies]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", Language)
def test_the_home_page_is_that_of_every_name_the_host_has(language):
    settings = Settings(
        public_url="https://telltale.example.com", tracking_url="https://links.example.com"
    )

    home = pages.in_every_language(pages.Face.of(settings))[language].home.body

    assert b"https://telltale.example.com" in home
    assert b"links.example.com" not in home


def test_only_the_link_page_asks_again_by_itself():
    asking = [name for name, page in all_of("en").items() if b"http-equiv" in page.body]

    assert asking == ["link later"]


def test_what_asks_to_try_again_says_when():
    later = [page for page in PAGES.values() if page.status == 503]

    assert [dict(page.headers)["retry-after"] for page in later] == ["2"] * 4


@pytest.mark.req("R15")
@pytest.mark.parametrize("language", Language)
def test_the_check_of_a_host_knows_us_by_the_home_page(language):
    known = [name for name, page in all_of(language).items() if hostcheck.MARK in page.body]

    assert known == ["home"]


@pytest.mark.parametrize("language", Language)
def test_the_owners_address_is_escaped(language):
    html = SPOKEN[language].home.body

    assert html.count(b'<a href="https://owner.test/&quot;&gt;&lt;script&gt;">') == 2
