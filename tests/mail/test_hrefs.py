"""The raw value of an attribute becomes the address that a browser would go to."""

import pytest
import turbohtml

from backend.mail.hrefs import decoded, escaped, target_of

VALUES = [
    # why, raw value, what a browser makes of it
    (
        "a reference as editors write it",
        "https://a.example/?a=1&amp;b=2",
        "https://a.example/?a=1&b=2",
    ),
    ("a parameter that is named like a reference", "?a=1&b=2&copy=3", "?a=1&b=2&copy=3"),
    ("the same before a letter", "?x&copyright=1", "?x&copyright=1"),
    ("a reference without semicolon at the end", "?x&copy", "?x\u00a9"),
    ("and before another sign", "?x&copy&y", "?x\u00a9&y"),
    ("with a semicolon it is one even before =", "?a&copy;=3", "?a\u00a9=3"),
    ("a name that exists only with semicolon", "?a&hellip=1&hellip;", "?a&hellip=1\u2026"),
    ("no reference at all", "?a&unknown;=1&b", "?a&unknown;=1&b"),
    ("decimal", "a&#38;b", "a&b"),
    ("decimal without semicolon, also before =", "a&#38=b", "a&=b"),
    ("hexadecimal", "a&#x26;b&#X2F;c", "a&b/c"),
    ("numbers of windows-1252", "&#150;&#x80;", "\u2013\u20ac"),
    ("zero", "&#0;", "\ufffd"),
    ("a surrogate", "&#xD800;", "\ufffd"),
    ("beyond Unicode", "&#x110000;", "\ufffd"),
    ("a number with too many digits", "&#" + "9" * 5000 + ";", "\ufffd"),
    ("leading zeros", "&#0000000000000000000065;", "A"),
    ("escaped twice stays escaped once", "&amp;amp;", "&amp;"),
    ("two characters for one name", "&NotEqualTilde;", "\u2242\u0338"),
    ("an ampersand at the end", "?a=1&", "?a=1&"),
    ("references side by side", "&amp&amp;&lt", "&&<"),
    ("a name within a longer name", "&notit;", "&notit;"),
]


@pytest.mark.req("R33")
@pytest.mark.parametrize(("why", "raw", "expected"), VALUES)
def test_references_are_decoded_as_in_attributes(why, raw, expected):
    assert decoded(raw) == expected, why


@pytest.mark.parametrize(("why", "raw", "expected"), VALUES)
def test_another_parser_agrees(why, raw, expected):
    link = turbohtml.parse(f'<a href="{raw}">x</a>').select_one("a")

    assert link is not None, why
    assert link.attrs["href"] == expected, why


@pytest.mark.parametrize(
    ("why", "raw", "expected"),
    [
        ("white space around", " \t\nhttps://a.example/ \r\n", "https://a.example/"),
        ("line breaks and tabs within", "https://a.exa\r\n mple/\tx", "https://a.exa mple/x"),
        ("a scheme in two parts", "ht\ntps://a.example/", "https://a.example/"),
        ("control characters around", "\x01\x1fhttps://a.example/\x00", "https://a.example/"),
        ("a line break as a reference", "https://a.example/&#10;x&NewLine;", "https://a.example/x"),
        ("spaces within stay", "https://a.example/a b", "https://a.example/a b"),
        ("a no-break space is no white space here", "\xa0x", "\xa0x"),
        (
            "fragment, escapes and braces stay",
            "https://a.example/%2F{x}#/y%20",
            "https://a.example/%2F{x}#/y%20",
        ),
    ],
)
def test_addresses_are_trimmed_as_browsers_do(why, raw, expected):
    assert target_of(raw) == expected, why


def test_an_escaped_value_reads_back_as_it_was():
    value = "https://a.example/?a='b'&c=\"d\"&lt;<e>&copy=1"

    assert decoded(escaped(value)) == value
    assert not set(escaped(value)) & set("<>\"'")
