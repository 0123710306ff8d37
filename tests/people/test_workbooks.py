"""Workbooks become CSV, and none of them takes the server along."""

import pytest

from backend.errors import Invalid
from backend.people import workbooks
from tests.people import books

A_DATE = b'<c s="1"><v>46347</v></c>'


@pytest.fixture
def convert(tmp_path):
    """The CSV text of a workbook."""

    def converted(data):
        source, target = tmp_path / "book.xlsx", tmp_path / "book.csv"
        source.write_bytes(data)
        workbooks.to_csv(source, target)
        return target.read_text()

    return converted


def test_cells_are_written_as_they_would_be_typed(convert):
    text = convert(books.workbook([["email", "a"], ["a@x.test", 5], [True, 1.5], ["Ünal", A_DATE]]))

    assert text.splitlines() == ["email,a", "a@x.test,5", "yes,1.5", "Ünal,2026-11-21"]


def test_rows_keep_their_numbers_when_the_sheet_begins_lower(convert):
    text = convert(books.workbook([["email"], ["a@x.test"]], first_row=3))

    assert text.splitlines() == ['""', '""', "email", "a@x.test"]


def test_a_comma_or_a_break_in_a_cell_stays_in_its_cell(convert):
    assert convert(books.workbook([['a, "b"\nc']])) == '"a, ""b""\nc"\n'


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("nothing", b""),
        ("no ZIP", b"PK\x03\x04 and nothing more"),
        ("a ZIP of something else", books.packed("")[:200]),
        ("a broken sheet", books.packed("<row><c")),
        ("one text that a million cells refer to", books.shared("x" * 30_000, 20_000, 50)),
        (
            "a cell at the far end",
            books.packed(
                '<row r="1"><c r="A1"><v>1</v></c></row>'
                '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
            ),
        ),
        ("a bomb", books.packed("", extra=b"\0" * (workbooks.MAX_UNPACKED_BYTES + 1))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_advice(convert, why, data):
    with pytest.raises(Invalid, match="CSV UTF-8"):
        convert(data)


def test_a_workbook_larger_than_the_limit_is_not_opened(tmp_path):
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(workbooks.MAX_FILE_BYTES + 1)

    with pytest.raises(Invalid, match="at most 50 MB"):
        workbooks.to_csv(path, tmp_path / "out.csv")
