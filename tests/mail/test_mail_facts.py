"""What the headers say, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.address_list import Mailbox
from backend.mail.mail_facts import facts_of, mailboxes, readable
from backend.mail.mime_headers import read_headers


def facts(text: str):
    raw = text.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    return facts_of(read_headers(raw, 0, len(raw)))


def test_the_facts_of_a_mail():
    found = facts(
        "From: Alice <Alice@Ours.TEST>\nTo: a@x.test\nCc: b@x.test\n"
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n aus Berlin\nMessage-ID: <one@ours.test>\n"
        "DKIM-Signature: v=1\nAuto-Submitted: Auto-Replied; x"
    )

    assert found.sender == Mailbox("Alice", "alice@ours.test")
    assert ([each.address for each in found.to], [each.address for each in found.cc]) == (
        ["a@x.test"],
        ["b@x.test"],
    )
    assert (found.subject, found.message_id) == ("Grüße aus Berlin", "<one@ours.test>")
    assert (found.is_dkim_signed, found.is_automatic_reply) == (True, True)


def test_a_mail_that_says_nothing_has_no_sender():
    found = facts("X-Nothing: x")

    assert (found.sender, found.message_id, found.subject) == (None, "", "")


def test_an_encoded_name_does_not_become_an_address():
    value = b"=?utf-8?q?=3Cevil=40x=2Etest=3E=2C?= <jane@x.test>"

    assert mailboxes(value) == (Mailbox("<evil@x.test>,", "jane@x.test"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?b?4p2k?= =?iso-8859-1?q?=E9?=", "\u2764\u00e9"),
        (b"=?no-such-charset?q?x?=", "=?no-such-charset?q?x?="),
        (b"a\x00b\x1b[31m", "a b [31m"),
        ("ü raw".encode(), "ü raw"),
    ],
)
def test_a_header_is_readable_and_harmless(value, text):
    assert readable(value) == text


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(value):
    list(mailboxes(value))
    readable(value).encode()
