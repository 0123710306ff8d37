"""Workbooks made by hand, good and evil ones; no library that could make them is needed."""

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2"'
        f' Type="{_REL}/styles" Target="styles.xml"/><Relationship Id="r3"'
        f' Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
    # Style 1 is a date.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        "</styleSheet>"
    ),
}


def workbook(rows: Iterable[Iterable[object]], first_row: int = 1) -> bytes:
    """A workbook with these cells: text, numbers, booleans, and ready-made XML as bytes."""
    lines = (
        f'<row r="{number}">{"".join(map(_cell, cells))}</row>'
        for number, cells in enumerate(rows, first_row)
    )
    return packed("".join(lines))


def shared(text: str, rows: int, columns: int) -> bytes:
    """A workbook whose every cell refers to the one shared text."""
    line = '<c t="s"><v>0</v></c>' * columns
    sheet = "".join(f'<row r="{number}">{line}</row>' for number in range(1, rows + 1))
    return packed(sheet, strings=f"<si><t>{escape(text)}</t></si>")


def packed(sheet: str, strings: str = "", extra: bytes = b"") -> bytes:
    """A workbook of this sheet data, and one more part that holds `extra`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, f'<?xml version="1.0"?>{text}')
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{strings}</sst>')
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        )
        if extra:
            archive.writestr("xl/media/picture", extra)
    return file.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
