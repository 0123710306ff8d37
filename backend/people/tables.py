"""A file of people as a header and rows, whatever kind of file it is."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from backend.people.csv_rows import Row, Source, Table
from backend.people.vcards import Cards


class FileKind(StrEnum):
    """The kinds of files that people come in."""

    CSV = "csv"
    VCARD = "vcard"
    XLSX = "xlsx"


class Rows(Protocol):
    """A file while it is read: each row once, in its order, with its number."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""

    def rows(self) -> Iterator[Row]:
        """What follows, rows that cannot be read included."""


def kind_of(beginning: bytes) -> FileKind:
    """The kind that a file's first bytes tell; anything unknown is tried as CSV."""
    if beginning.startswith(b"PK\x03\x04"):
        return FileKind.XLSX
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return FileKind.VCARD if text[:11].upper() == b"BEGIN:VCARD" else FileKind.CSV


def open_rows(kind: FileKind, stream: Source) -> Rows:
    """The rows of a stream; of a workbook, the stream is what `workbooks.to_csv` made of it.

    Raises Invalid for a table without a header that can be used.
    """
    return Cards(stream) if kind is FileKind.VCARD else Table(stream)
