"""How values are written for PostgreSQL; that it reads them so is told in test_db."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest

from backend.db.postgres_text import array, copy_lines, rows_of


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("why", "values", "written"),
    [
        ("nothing", [], "{}"),
        ("texts are quoted", ["a", "NULL", ""], '{"a","NULL",""}'),
        ("what would end a text is escaped", ['a"b', "c\\d"], '{"a\\"b","c\\\\d"}'),
        ("numbers and flags are not", [1, -2], "{1,-2}"),
        ("a gap", [None, 1.5, True], "{NULL,1.5,True}"),
        ("a gap among texts", ["a", None], '{"a",NULL}'),
        ("one of few", [Colour.RED], '{"red"}'),
        ("bytes", [b"\x00\xff"], '{"\\\\x00ff"}'),
    ],
)
def test_an_array(why, values, written):
    assert array(values) == written, why


@pytest.mark.parametrize(
    ("why", "rows", "written"),
    [
        ("no row", [], ""),
        ("rows end with a line end", [("a", 1), ("b", 2)], "a\t1\nb\t2\n"),
        ("nothing is not an empty text", [(None, ""), ("x", "y")], "\\N\t\nx\ty\n"),
        ("a text that looks like nothing", [("\\N",)], "\\\\N\n"),
        ("borders within a text", [("a\tb\nc\rd",)], "a\\tb\\nc\\rd\n"),
        ("bytes", [(b"\x00\xff",)], "\\\\x00ff\n"),
    ],
)
def test_rows(why, rows, written):
    assert copy_lines(rows) == written, why


def test_a_moment_is_one_moment_in_every_zone():
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    elsewhere = (at + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=2)))

    assert array([at]) == "{2026-11-20 12:00:00+00:00}"
    assert array([elsewhere]) == "{2026-11-20 14:00:00.000007+02:00}"


@pytest.mark.parametrize(
    ("why", "lines", "rows"),
    [
        ("nothing", "", []),
        ("each by its taker", "1\ta\n2\tb\n", [[1, "a"], [2, "b"]]),
        ("nothing is nothing", "\\N\t\\N\n", [[None, None]]),
        ("a text that looks like nothing", "1\t\\\\N\n", [[1, "\\N"]]),
        ("what PostgreSQL escapes", "1\t\\b\\f\\n\\r\\t\\v\\\\\n", [[1, "\b\f\n\r\t\v\\"]]),
        ("other ends of lines", "1\ta\x0bb\u2028c\r\n", [[1, "a\x0bb\u2028c\r"]]),
    ],
)
def test_lines_are_read_back(why, lines, rows):
    assert list(rows_of(lines, (int, None))) == rows, why
