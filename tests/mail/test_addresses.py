"""One form for every way to write an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import Unfit
from backend.mail.addresses import LONGEST_ADDRESS, domain_of, normalise


@pytest.mark.req("R50")
@pytest.mark.parametrize(
    ("why", "written", "expected"),
    [
        ("lower case", "Carol.Jones@Customer.EXAMPLE", "carol.jones@customer.example"),
        ("white space and brackets", " <carol@customer.example>\r\n", "carol@customer.example"),
        ("IDNA", "carol@B\u00fccher.example", "carol@xn--bcher-kva.example"),
        ("IDNA already encoded", "carol@XN--BCHER-KVA.example", "carol@xn--bcher-kva.example"),
        ("wide letters in the domain", "carol@\uff43ustomer.example", "carol@customer.example"),
        ("a tag stays", "carol+shop@customer.example", "carol+shop@customer.example"),
        ("a dot at the end of the domain", "carol@customer.example.", "carol@customer.example"),
        (
            "letters of other scripts",
            "\u0418\u0432\u0430\u043d@customer.example",
            "\u0438\u0432\u0430\u043d@customer.example",
        ),
        ("one letter in two parts", "rene\u0301@customer.example", "ren\u00e9@customer.example"),
        ("needless quotes", '"carol"@customer.example', "carol@customer.example"),
        ("needed quotes", '"Carol Jones"@customer.example', '"carol jones"@customer.example'),
        ("an at sign in quotes", '"a@b"@customer.example', '"a@b"@customer.example'),
        ("an address instead of a domain", "carol@[192.0.2.1]", "carol@[192.0.2.1]"),
        ("no dot in the domain", "root@localhost", "root@localhost"),
        ("an apostrophe", "o'neil@customer.example", "o'neil@customer.example"),
    ],
)
def test_an_address_has_one_form(why, written, expected):
    assert normalise(written) == expected, why


@pytest.mark.parametrize(
    ("why", "written"),
    [
        ("no at sign", "carol"),
        ("nothing", ""),
        ("no name", "@customer.example"),
        ("no domain", "carol@"),
        ("NUL", "carol\x00@customer.example"),
        ("a line break", "carol@customer.example\nBcc: x@y.example"),
        ("a control character", "carol\x1b@customer.example"),
        ("C1", "carol\x85@customer.example"),
        ("half a surrogate pair", "carol\ud800@customer.example"),
        ("a space", "carol jones@customer.example"),
        ("two at signs", "a@b@customer.example"),
        ("two addresses", "a@customer.example,b@customer.example"),
        ("a name before it", "Carol <carol@customer.example>"),
        ("an empty label", "carol@customer..example"),
        ("a space in the domain", "carol@a b.example"),
        ("a long label", "carol@" + "a" * 64 + ".example"),
        ("too long", "a" * LONGEST_ADDRESS + "@customer.example"),
        ("longer once encoded", "a@" + ".".join(["\u00fc" * 50] * 6)),
        ("a backslash", "car\\ol@customer.example"),
        ("an open quote", '"carol@customer.example'),
    ],
)
def test_what_is_no_address_is_refused(why, written):
    with pytest.raises(Unfit):
        normalise(written)


@given(st.text())
def test_any_text_is_refused_or_has_one_form(text):
    try:
        normal = normalise(text + "@customer.example")
    except ValueError:
        return

    assert normalise(normal) == normal


def test_the_domain_of_an_address():
    assert domain_of('"a@b"@customer.example') == "customer.example"
