"""What is read of a request."""

import pytest

from backend.edge.requests import READ, path_of, take_header

TARGETS = (
    ("a path", b"/o/abc.gif", "/o/abc.gif"),
    ("its query is left out", b"/o/abc.gif?utm_source=x?y", "/o/abc.gif"),
    ("encoded characters", b"/o/abc%2egif", "/o/abc.gif"),
    ("bytes that are no text", b"/o/%ff%00", "/o/\ufffd\0"),
    ("a whole address, as to a proxy", b"http://evil.test/o/abc?x", "/o/abc"),
    ("an address that is none", b"http://[::/o/abc", ""),
    ("every path", b"*", "*"),
    ("nothing", b"", ""),
)


@pytest.mark.parametrize(("why", "target", "path"), TARGETS, ids=[row[0] for row in TARGETS])
def test_the_path_of_a_target(why, target, path):
    assert path_of(target) == path, why


def test_of_several_lines_the_first_counts_but_for_those_that_make_one_list():
    headers = {}
    for name, value in (
        ("user-agent", b"one"),
        ("user-agent", b"two"),
        ("x-forwarded-for", b"1.1.1.1"),
        ("x-forwarded-for", b"2.2.2.2, 3.3.3.3"),
        ("cookie", b"a=b"),
        ("cookie", b"c=d"),
    ):
        take_header(headers, name, value)

    assert headers == {
        "user-agent": "one",
        "x-forwarded-for": "1.1.1.1,2.2.2.2, 3.3.3.3",
        "cookie": "a=b;c=d",
    }


def test_a_header_in_any_encoding_is_text():
    headers = {}
    take_header(headers, READ[b"user-agent"], "Почта".encode() + b"\xff")

    assert headers == {"user-agent": "Почта\ufffd"}
