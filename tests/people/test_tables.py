import io

import pytest

from backend.people.tables import FileKind, kind_of, open_rows


@pytest.mark.parametrize(
    ("why", "beginning", "kind"),
    [
        ("a ZIP", b"PK\x03\x04\x14", FileKind.XLSX),
        ("a card", b"BEGIN:VCARD\r\n", FileKind.VCARD),
        ("a card behind a mark and blanks", b"\xef\xbb\xbf\r\n begin:vcard", FileKind.VCARD),
        ("a table", b"email;name", FileKind.CSV),
        ("nothing", b"", FileKind.CSV),
    ],
)
def test_the_first_bytes_tell_the_kind(why, beginning, kind):
    assert kind_of(beginning) is kind, why


@pytest.mark.parametrize(
    ("kind", "text", "name"),
    [
        (FileKind.CSV, "email,name\na@x.test,Ann\n", "Ann"),
        (FileKind.XLSX, "email,name\na@x.test,Ann\n", "Ann"),
        (FileKind.VCARD, "BEGIN:VCARD\nFN:Ann\nEND:VCARD\n", "Ann"),
    ],
)
def test_every_kind_has_a_header_and_rows(kind, text, name):
    table = open_rows(kind, io.BytesIO(text.encode()))

    (row,) = table.rows()
    assert row.cells[table.header.index("name")] == name
