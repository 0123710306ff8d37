import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import Invalid
from backend.people.csv_rows import MAX_LINE, Table, bad_text


def table(text):
    return Table(io.BytesIO(text.encode() if isinstance(text, str) else text))


def rows(text):
    return [(row.number, row.cells or row.fault.told()[:10]) for row in table(text).rows()]


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("commas", "name,email\nAnn,a@x.test\n"),
        ("semicolons, as Excel writes in much of Europe", "name;email\r\nAnn;a@x.test\r\n"),
        ("tabs", "name\temail\nAnn\ta@x.test"),
        ("a byte order mark", b"\xef\xbb\xbfname,email\nAnn,a@x.test\n"),
        ("quotes", '"name","email"\n"Ann","a@x.test"\n'),
        ("line ends of an old Macintosh", "name,email\rAnn,a@x.test\r"),
        ("empty lines in front", "\n\nname,email\nAnn,a@x.test\n"),
        ("a line for Excel in front", "sep=;\r\nname;email\r\nAnn;a@x.test\r\n"),
        ("that line behind a mark", b"\xef\xbb\xbfSEP=,\nname,email\nAnn,a@x.test\n"),
        ("a separator that line alone tells", "sep=|\nname|email\nAnn|a@x.test\n"),
    ],
)
def test_files_of_several_makes_are_read(why, text):
    found = table(text)

    assert found.header == ("name", "email"), why
    assert [row.cells for row in found.rows()] == [("Ann", "a@x.test")]


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("nothing at all", b""),
        ("nothing behind the line for Excel", b"sep=;\n"),
        ("UTF-16, Excel's “Unicode text”", "name,email\n".encode("utf-16")),
        ("bytes of no text", b"\x1f\x8b\x08\x00\x00\xff"),
        ("Latin-1", "naïve,email\n".encode("latin-1")),
        ("NUL in it", b"na\0me,email\n"),
        ("a quote that is never closed", b'"name,email\nAnn,a@x.test\n'),
        ("a line of 10 MB", b"x" * 10_000_000),
        ("too many columns", ",".join(f"c{n}" for n in range(101)).encode()),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_at_once(why, text):
    with pytest.raises(Invalid):
        table(text)


@pytest.mark.parametrize(
    ("why", "text", "found"),
    [
        ("empty lines are numbered and left out", "a\n\n,\nx\n", [(4, ("x",))]),
        ("a line end within quotes", 'a,b\n"1\n2",3\n4,5\n', [(2, ("1\n2", "3")), (3, ("4", "5"))]),
        ("doubled quotes", 'a\n"say ""hi"""\n', [(2, ('say "hi"',))]),
        (
            "an open quote spoils its own line only",
            'a,b\n1,"open\n2,3\n4,5\n',
            [(2, "has a quot"), (3, ("2", "3")), (4, ("4", "5"))],
        ),
        (
            "text after a closing quote",
            'a,b\n"x" y,1\n2,3\n',
            [(2, "has a quot"), (3, ("2", "3"))],
        ),
        (
            "a line that is too long",
            f"a\n{'x' * (3 * MAX_LINE)}\ny\n",
            [(2, "is longer "), (3, ("y",))],
        ),
        ("such a line at the end", f"a\ny\n{'x' * MAX_LINE}", [(2, ("y",)), (3, "is longer ")]),
        ("a line for Excel is not counted", "sep=;\na;b\n1,5;2\n", [(2, ("1,5", "2"))]),
        ("nor is it looked for later", "a\nsep=;\n", [(2, ("sep=;",))]),
        ("formulas are text", "a\n=1+1\n@x\n", [(2, ("=1+1",)), (3, ("@x",))]),
    ],
)
def test_a_broken_line_takes_no_other_with_it(why, text, found):
    assert rows(text) == found, why


def test_an_open_quote_is_given_up_after_some_lines():
    text = 'a,b\n1,"open\n' + "2,3\n" * 50_000

    found = rows(text)

    assert found[0] == (2, "is longer ")
    assert len(found) == 50_001


@pytest.mark.parametrize(
    ("cells", "reason"),
    [(("a", "ü"), ""), (("a\0",), "NUL"), (("\udcff",), "UTF-8")],
)
def test_characters_that_cannot_be_kept_are_named(cells, reason):
    fault = bad_text(cells)

    assert reason in (fault.told() if fault else "")
    assert bool(reason) is bool(fault)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.sampled_from(",;\t"))
def test_what_a_program_writes_is_what_is_read(written, delimiter):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *written])

    found = table(out.getvalue())

    assert [row.cells for row in found.rows()] == [pair for pair in written if any(pair)]


@given(st.binary(max_size=400))
def test_no_bytes_break_it_and_every_line_with_text_is_told(data):
    clean = data.replace(b'"', b"").replace(b"\r", b"\n").replace(b"\xef\xbb\xbf", b"")

    found = list(table(b"a,b,c\n" + clean).rows())

    lines = [line for line in clean.split(b"\n") if line.replace(b",", b"")]
    assert len(found) == len(lines)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data):
    try:
        found = list(table(data).rows())
    except Invalid:
        return
    assert all(row.fault or row.cells for row in found)
