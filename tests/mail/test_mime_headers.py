"""Headers are read only where they can be understood in one way."""

import pytest

from backend.mail.mime_headers import read_content, read_headers


def test_fields_are_unfolded_and_named_in_lower_case():
    raw = b"Subject: one\r\n two\r\nX-Empty:\r\n\r\nbody"

    headers = read_headers(raw, 0, len(raw))

    assert headers.fields == (("subject", b" one  two"), ("x-empty", b""))
    assert raw[headers.body_start :] == b"body"


@pytest.mark.parametrize(
    ("why", "value", "kind", "parameters"),
    [
        ("quoted", b' text/HTML; charset="utf-8"', "text/html", {"charset": "utf-8"}),
        ("a quoted pair", rb'a/b; x="1\"2"', "a/b", {"x": '1"2'}),
        ("an equals sign", b"a/b; boundary=--=_x", "a/b", {"boundary": "--=_x"}),
        ("folded", b"a/b;\r\n\tx=1;", "a/b", {"x": "1"}),
        ("no parameters", b"a/b", "a/b", {}),
        ("given twice", b"a/b; x=1; X=2", "a/b", None),
        ("in pieces", b"a/b; x*0=1", "a/b", None),
        ("a comment", b"a/b; x=1 (one)", "a/b", None),
        ("words without quotes", b"a/b; name=my file.pdf", "a/b", None),
    ],
)
def test_a_content_type_is_its_kind_and_parameters(why, value, kind, parameters):
    content = read_content(value)

    assert (content.value, content.parameters) == (kind, parameters), why


@pytest.mark.parametrize("value", [b"", b"text", b"text/", b"(a) text/html"])
def test_what_is_no_content_type_is_none(value):
    assert read_content(value) is None


@pytest.mark.parametrize("name", [b"Content-Type", b"content-transfer-encoding"])
def test_a_field_that_may_stand_once_stands_once(name):
    raw = name + b": a/b\r\n" + name + b": c/d\r\n\r\n"

    assert read_headers(raw, 0, len(raw)) is None
