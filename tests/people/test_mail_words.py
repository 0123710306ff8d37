"""The words that mails are found by."""

import pytest

from backend.people.mail_words import bare, of_link, of_mail, of_subject, to


@pytest.mark.parametrize(
    ("why", "subject", "words"),
    [
        ("folded", "Überblick Zoë", {"uberblick", "zoe"}),
        ("without signs", "Re: Offer (2nd)!", {"re", "offer", "2nd"}),
        ("cut", "x" * 100, {"x" * 40}),
        ("nothing", "…", set()),
    ],
)
def test_the_words_of_a_subject(why, subject, words):
    assert of_subject(subject) == words, why


def test_whom_a_mail_went_to_is_told_apart_from_its_subject():
    assert of_mail("Offer", ["carol@northwind.test"]) == {
        *("offer", "@carol@northwind.test", "@northwind.test")
    }
    assert to("x" * 60) == "@" + "x" * 39


def test_an_endless_subject_has_few_words():
    assert len(of_subject(" ".join(map(str, range(10_000))))) == 24


@pytest.mark.parametrize(
    ("why", "url", "text", "words"),
    [
        ("all parts", "https://www.Example.com/price-list?x=1", "Our prices",
         {"example.com", "example.com/price-list?x=1", "price", "list", "our", "prices"}),
        ("no path", "http://example.com", "", {"example.com"}),
        ("not even an address", "http://[", "Ä", {"[", "a"}),
    ],
)  # fmt: skip
def test_the_words_of_a_link(why, url, text, words):
    assert of_link(url, text) == words, why


def test_an_address_is_remembered_without_its_beginning():
    assert bare("https://www.example.com/a") == "example.com/a"
    assert bare("example.com") == "example.com"
