"""A mail's parts are found by their delimiter lines, and by nothing that only looks like one."""

import pytest

from backend.mail.mime_tree import read_tree
from tests.mail.mails import whole_mail


def kinds(raw: bytes) -> list[str]:
    return [node.content.value for node in read_tree(raw).walk()]


def test_parts_are_found_in_their_order_and_whole_messages_are_not_entered():
    assert kinds(whole_mail("mixed_attachments")) == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
        "text/html",
        "message/rfc822",
    ]


def two_parts(line: bytes) -> bytes:
    head = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n'
    return head + b"--b\r\n\r\none\r\n" + line + b"\r\n\r\ntwo\r\n--b--\r\nepilogue\r\n"


@pytest.mark.parametrize(
    ("why", "line", "count"),
    [
        ("a delimiter", b"--b", 2),
        ("with white space behind it", b"--b \t", 2),
        ("a longer boundary", b"--bb", 1),
        ("not at the start of its line", b" --b", 1),
        ("in the other case", b"--B", 1),
        ("words behind it", b"--b x", 1),
    ],
)
def test_only_a_line_of_the_delimiter_alone_parts_two_parts(why, line, count):
    assert len(read_tree(two_parts(line)).children) == count, why


def test_a_part_ends_before_the_line_end_that_belongs_to_the_delimiter():
    raw = two_parts(b"--b")

    assert [raw[part.start : part.end] for part in read_tree(raw).children] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("headers", "is_attachment"),
    [
        (b"Content-Disposition: attachment", True),
        (b'Content-Disposition: inline; filename="a.html"', True),
        (b"Content-Type: text/html; name=a.html", True),
        (b"Content-Disposition: inline", False),
        (b"Content-Type: text/html", False),
    ],
)
def test_a_part_with_a_file_name_is_an_attachment(headers, is_attachment):
    assert read_tree(headers + b"\r\n\r\nx").is_attachment is is_attachment
