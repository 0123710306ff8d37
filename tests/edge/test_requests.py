"""What is read of a request."""

import pytest

from backend.edge.requests import JUDGED_HEADERS, Request, path_of

TARGETS = (
    ("a path", "/o/abc.gif", "/o/abc.gif"),
    ("its query is left out", "/o/abc.gif?utm_source=x?y", "/o/abc.gif"),
    ("encoded characters", "/o/abc%2egif", "/o/abc.gif"),
    ("bytes that are no text", "/o/%ff%00", "/o/\ufffd\0"),
    ("a whole address, as to a proxy", "http://evil.test/o/abc?x", "/o/abc"),
    ("an address that is none", "http://[::/o/abc", ""),
    ("every path", "*", "*"),
    ("nothing", "", ""),
)


@pytest.mark.parametrize(("why", "target", "path"), TARGETS, ids=[row[0] for row in TARGETS])
def test_the_path_of_a_target(why, target, path):
    assert path_of(target) == path, why


def request(*lines):
    head = b"\r\n".join([b"GET /o/abc.gif HTTP/1.1", *lines, b"", b""])
    return Request(head, "192.0.2.1", None)


def test_of_several_lines_the_first_counts_but_for_those_of_proxies():
    asked = request(
        b"user-agent: one",
        b"User-Agent: two",
        b"X-Forwarded-For: 1.1.1.1",
        b"x-forwarded-for:2.2.2.2, 3.3.3.3",
        b"DNT: 1",
        b"dnt: 0",
    )

    assert asked.of_a_hit() == ("one", "1.1.1.1,2.2.2.2, 3.3.3.3", {"dnt": "1"})


@pytest.mark.parametrize("name", sorted(JUDGED_HEADERS))
def test_every_header_that_is_judged_is_found_in_any_case(name):
    for written in (name, name.upper(), name.title()):
        asked = request(f"{written}: yes".encode(), f"{name}x: no".encode(), b"A: b")

        assert asked.of_a_hit() == ("", "", {name: "yes"})


def test_nothing_else_is_taken_for_one_of_them():
    asked = request(
        b"xnt: 1", b"cookie: x\tdnt: 1", b"referer: https://a.test/?\\ndnt: 1", b"dn: 1"
    )

    assert asked.of_a_hit() == ("", "", {})


def test_the_lines_of_any_header():
    asked = request(b"Cookie: a=b", b"accept: x", b"COOKIE:\tc=d", b"set-cookie: e=f")

    assert asked.lines("cookie") == ["a=b", "c=d"]
    assert asked.lines("accept-language") == []


def test_a_header_in_any_encoding_is_text():
    agent, _, _ = request(b"User-Agent: " + "Почта".encode() + b"\xff").of_a_hit()

    assert agent == "Почта\ufffd"
