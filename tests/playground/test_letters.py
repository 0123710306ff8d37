"""Stored mail is taken apart for showing, whatever it is."""

import pytest

from playground import letters

HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>hello</p>"
BOTH = (
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n'
    b"\r\nhello\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--b--\r\n"
)
ATTACHED = (
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n'
    b"\r\nhello\r\n--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\n"
    b"\r\n<p>attached</p>\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("why", "mail", "html", "text"),
    [
        ("HTML", HTML, "<p>hello</p>", None),
        ("both", BOTH, "<p>hello</p>", "hello"),
        ("an attachment is no body", ATTACHED, None, "hello"),
        ("no headers at all", b"", None, ""),
        (
            "base64",
            b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+",
            "<b>hi</b>",
            None,
        ),
        ("a charset", HTML.replace(b"utf-8", b"latin-1") + b"\xe9", "<p>hello</p>é", None),
        ("no charset there is", HTML.replace(b"utf-8", b"x-none") + b"\xc3\xa9", None, None),
        ("a codec that is none", HTML.replace(b"utf-8", b"base64"), "<p>hello</p>", None),
    ],
)
def test_the_bodies_of_a_letter(why, mail, html, text):
    letter = letters.parse(mail)

    assert letter.html == (html or letter.html), why
    assert letter.text == text, why


def test_headers_are_decoded_and_found_by_any_case():
    letter = letters.parse(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-A: 1\r\nX-A: 2\r\n\r\nhi")

    assert letter.header("subject") == "Grüße"
    assert letter.headers == (("Subject", "Grüße"), ("X-A", "1"), ("X-A", "2"))
    assert letter.header("none") == ""


@pytest.mark.parametrize(
    ("why", "mail"),
    [
        ("an encoded word that is none", b"Subject: =?x-none?b?!!!!?=\r\n\r\nhi"),
        ("raw bytes in a header", b"Subject: caf\xe9\r\n\r\nhi"),
        ("a header without end", b"Subject: " + b"a" * 100_000 + b"\r\n\r\nhi"),
        ("10,000 headers", b"X: y\r\n" * 10_000 + b"\r\nhi"),
        ("a boundary of nothing", b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\nhi'),
        ("a content type of noise", b"Content-Type: ;;;=\xff/\r\n\r\nhi"),
        ("deep nesting", b""),
        ("NUL bytes", b"Subject: a\0b\r\n\r\n\0\0"),
        ("uuencode that is broken", b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin\nxx"),
        ("broken parameters", b"Content-Type: text/html; charset*=''%%%\r\n\r\n<p>hi"),
        ("a disposition of noise", b"Content-Disposition: *0*=; filename\r\n\r\nhi"),
    ],
)
def test_no_mail_brings_it_down(why, mail):
    letter = letters.parse(mail or nested(2_000))

    for _, value in letter.headers:
        assert "\n" not in value, why
        assert len(value) <= letters.MAX_HEADER, why
        value.encode()
    assert len(letter.headers) <= letters.MAX_HEADERS, why
    assert letters.head(mail).keys() <= set(letters.SUMMARY), why


def nested(depth):
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        for number in range(depth)
    )
    return opened + b"Content-Type: text/html\r\n\r\n<p>deep</p>"


def test_a_huge_body_is_cut():
    letter = letters.parse(b"\r\n" + b"x" * (letters.MAX_SHOWN + 10))

    assert letter.text is not None
    assert len(letter.text) == letters.MAX_SHOWN


def test_the_head_of_a_mail_is_read_without_its_body():
    head = letters.head(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@x.test\r\n\r\nbody")

    assert head == {"Subject": "Grüße", "From": "a@x.test"}
