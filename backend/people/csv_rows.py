"""A CSV file as rows, read as a stream: no broken line takes others with it, none is lost.

    bytes -> text lines (bounded) -> records (may span lines) -> Row(number, cells or fault)

Row numbers are a spreadsheet's: the header is row 1. Lines without any text are numbered but are
no rows. A quote that is never closed spoils its own row only: reading goes on with the next line.
A first line `sep=;`, which spreadsheets obey and do not show, names what is between cells.
Source of the format: RFC 4180 (Oct 2005), with comma, semicolon or tab between cells.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from backend.errors import Invalid
from backend.people.cells import plain
from backend.words.sentence import Sentence

MAX_LINE = 65_536  # characters; also what one record may have in all its lines
MAX_RECORD_LINES = 200
MAX_COLUMNS = 100
DELIMITERS = (",", ";", "\t")

_SEPARATOR = re.compile(r"sep=([,;\t|])[\r\n]*", re.IGNORECASE)

_NOT_UTF8 = Sentence("fields.not_utf8")
_TOO_LONG = Sentence("fields.record_long", {"most": MAX_LINE, "lines": MAX_RECORD_LINES})
_BROKEN = Sentence("fields.record_quote")


class Source(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its cells, or why it cannot be read."""

    number: int
    cells: tuple[str, ...] = ()
    fault: Sentence | None = None


class Table:
    """The header of a CSV stream, and its rows one after the other.

    Raises Invalid for a file without a header that can be used.
    """

    def __init__(self, stream: Source) -> None:
        self._lines = _Lines(stream)
        self._reader = csv.reader(self._lines, delimiter=self._lines.delimiter(), strict=True)
        self._number = 0
        header = next(self.rows(), Row(1, fault=Sentence("fields.empty")))
        if header.fault or bad_text(header.cells):
            raise Invalid("problems.no_header", fault=header.fault or _NOT_UTF8)
        if len(header.cells) > MAX_COLUMNS:
            raise Invalid("problems.too_many_columns", most=MAX_COLUMNS)
        self.header = tuple(plain(cell.strip()) for cell in header.cells)

    def rows(self) -> Iterator[Row]:
        """What follows, bad rows included; rows whose cells are all empty are left out."""
        while (row := self._next()) is not None:
            if row.fault or any(row.cells):
                yield row

    def _next(self) -> Row | None:
        self._number += 1
        self._lines.begin_record()
        try:
            return Row(self._number, tuple(next(self._reader)))
        except StopIteration:
            return None
        except _Overlong:
            fault = _TOO_LONG
        except csv.Error:
            fault = _BROKEN
        self._lines.keep_all_but_first()
        return Row(self._number, fault=fault)


def as_text(stream: Source) -> io.TextIOWrapper:
    """The stream as text whose line ends are kept.

    Bytes that are not UTF-8 become lone surrogates, which `bad_text` finds in their row.
    """
    return io.TextIOWrapper(
        io.BufferedReader(_Raw(stream), 65_536),
        encoding="utf-8-sig",
        errors="surrogateescape",
        newline="",
    )


def bad_text(cells: tuple[str, ...]) -> Sentence | None:
    """What is wrong with the characters of these cells, or None when they can be kept."""
    text = "\n".join(cells)
    if "\0" in text:
        return Sentence("fields.nul")
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return _NOT_UTF8
    return None


class _Overlong(Exception):
    """A record that does not end within its bounds."""


class _Lines:
    """The lines of one record after the other; those of a broken record can be read again."""

    def __init__(self, stream: Source) -> None:
        self._text = as_text(stream)
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._length = 0

    def delimiter(self) -> str:
        """What is between cells: a line that names it is taken away, another one read again."""
        line = self._text.readline(MAX_LINE)
        if named := _SEPARATOR.fullmatch(line):
            return named[1]
        if line:
            self._again.append(line)
        return max(DELIMITERS, key=line.count)

    def begin_record(self) -> None:
        self._record.clear()
        self._length = 0

    def keep_all_but_first(self) -> None:
        """Give the record's further lines out again, as lines of their own."""
        self._again.extendleft(reversed(self._record[1:]))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self._record.append(line)
        self._length += len(line)
        if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            self._skip_rest()
            raise _Overlong
        if self._length > MAX_LINE or len(self._record) > MAX_RECORD_LINES:
            raise _Overlong
        return line

    def _skip_rest(self) -> None:
        while (more := self._text.readline(MAX_LINE)) and not more.endswith(("\n", "\r")):
            pass


class _Raw(io.RawIOBase):
    """What TextIOWrapper wants of a stream, over any `Source`."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a writable buffer
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)
