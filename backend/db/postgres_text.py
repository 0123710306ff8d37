"""Values as PostgreSQL reads them in text: rows for COPY and back, and arrays. Pure.

psycopg writes them value by value, which was a fifth of the drain's time. Here a column is written
at once: where its values are of one type and no text needs escaping, nearly all of it is C.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

# The time of one hit is written some five times over, and each writing of it takes 2 us.
_time = lru_cache(16_384)(str)
_PLAIN: dict[type, Callable[[Any], str]] = {datetime: _time, int: str, float: str, bool: str}


class _Form(NamedTuple):
    """How a text is escaped and quoted, and what stands for NULL."""

    escapes: dict[int, str]
    quote: str
    null: str


# Source: postgresql.org/docs/16/sql-copy.html, File Formats, Text Format (2026-11-26).
_COPY = _Form(str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}), "", r"\N")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# Source: postgresql.org/docs/16/arrays.html, Array Input and Output Syntax (2026-11-26).
_ARRAY = _Form(str.maketrans({"\\": r"\\", '"': r"\""}), '"', "NULL")


def copy_lines(rows: Iterable[Sequence[Any]]) -> str:
    """The rows in COPY's text format, a line each."""
    columns = [_column(values, _COPY) for values in zip(*rows, strict=True)]
    return "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def rows_of(text: str, takers: Sequence[Callable[[str], Any] | None]) -> Iterator[list[Any]]:
    """The rows of lines as COPY writes them; each column's value by its taker, or as the text."""
    for line in text.split("\n")[:-1]:  # splitlines would end lines at other characters, too
        fields: list[Any] = line.split("\t")
        for number, take in enumerate(takers):
            field = fields[number]
            if "\\" in field:
                if field == _COPY.null:
                    fields[number] = None
                    continue
                field = fields[number] = _ESCAPED.sub(_meant, field)
            if take:
                fields[number] = take(field)
        yield fields


def array(values: Iterable[Any]) -> str:
    """An array of these values."""
    return "{" + ",".join(_column(tuple(values), _ARRAY)) + "}"


def _meant(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])


def _column(values: Sequence[Any], form: _Form) -> Iterable[str]:
    kinds = set(map(type, values))
    only = kinds.pop() if len(kinds) == 1 else None
    if only in _PLAIN:
        return map(_PLAIN[only], values)
    if only is str and not _needs_escapes("".join(values), form):
        return [f'"{value}"' for value in values] if form.quote else values
    return [_value(value, form) for value in values]


def _needs_escapes(text: str, form: _Form) -> bool:
    return any(chr(code) in text for code in form.escapes)


def _value(value: Any, form: _Form) -> str:
    if value is None:
        return form.null
    if isinstance(value, str):
        text = value.translate(form.escapes) if _needs_escapes(value, form) else value
        return form.quote + text + form.quote
    if isinstance(value, bytes):
        return rf"{form.quote}\\x{value.hex()}{form.quote}"
    return _PLAIN.get(type(value), str)(value)
