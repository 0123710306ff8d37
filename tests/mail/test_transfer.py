"""What a part stands for comes back in the same encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.transfer import decoded, encoded


@given(st.binary(max_size=500), st.sampled_from([b"\r\n", b"\n"]))
def test_every_byte_survives_base64_and_quoted_printable(data, newline):
    for encoding in ("base64", "quoted-printable"):
        body = encoded(data, encoding, b"", newline)

        assert decoded(body, encoding) == data
        assert max(map(len, body.split(newline))) <= 76


@pytest.mark.parametrize(
    ("why", "data", "written"),
    [
        ("a line end that was written out", b"a\nb\r\nc", b"a=0Ab\r\nc"),
        ("white space at the end of a line", b"a \r\nb\t", b"a=20\r\nb=09"),
        ("a dot alone", b".\r\n", b"=2E\r\n"),
    ],
)
def test_quoted_printable_keeps(why, data, written):
    assert encoded(data, "quoted-printable", b"", b"\r\n") == written, why


def test_base64_keeps_the_empty_lines_that_ended_it():
    assert encoded(b"abc", "base64", b"YWI=\r\n\r\n", b"\r\n") == b"YWJj\r\n\r\n"


@pytest.mark.parametrize("body", [b"YW", b"YWJj=YWJj", b"Y!Jj", "ä".encode()])
def test_base64_that_is_none_is_not_guessed(body):
    assert decoded(body, "base64") is None


def test_a_long_line_is_written_where_there_was_one_before():
    line = b"x" * 1200

    assert encoded(line, "8bit", b"", b"\r\n") is None
    assert encoded(line, "8bit", b"y" * 1200, b"\r\n") == line
