"""The header block of a mail or of one of its parts, read from its bytes.

Whatever could be understood in two ways (a field given twice, a line that is no field) is not
understood at all: who edits a mail must see it as every reader does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BYTES = 256 * 1024
MAX_FIELDS = 1_000

_END = re.compile(rb"\r?\n\r?\n")
_NEWLINE = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"([!-9;-~]++):(.*+)", re.DOTALL)
_ONCE = frozenset({"content-type", "content-transfer-encoding", "content-disposition"})

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z{}]++"
# Without white space around the stroke, which some programs take for another type.
_KIND = re.compile(rf"\s*+({_NAME})/({_NAME})\s*+")
_WORD = re.compile(rf"\s*+({_NAME})\s*+")
_PARAMETER = re.compile(
    rf'(?:;\s*+)++({_NAME})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;"()]++))\s*+', re.DOTALL
)
_REST = re.compile(r"[;\s]*+")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Content:
    """A Content-… value: its first word, and its parameters (None if they cannot be read)."""

    value: str
    parameters: Mapping[str, str] | None = field(default_factory=dict)

    def parameter(self, name: str) -> str:
        """That parameter, or ""."""
        return (self.parameters or {}).get(name, "")


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in their order, names in lower case; the body begins at `body_start`."""

    fields: tuple[tuple[str, bytes], ...]
    body_start: int

    def all(self, name: str) -> list[bytes]:
        """Every value of that field, as it stands."""
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> bytes:
        """The first value of that field, or nothing."""
        return next(iter(self.all(name)), b"")


def read_headers(raw: bytes, start: int, end: int) -> Headers | None:
    """The headers of the mail or part from `start` to `end`; None if they are not clear."""
    opening = _NEWLINE.match(raw, start, end)
    if opening or start == end:
        return Headers((), opening.end() if opening else end)
    limit = min(end, start + MAX_BYTES)
    found = _END.search(raw, start, limit)
    if found is None and limit < end:
        return None
    block = raw[start : found.start() if found else end]
    fields = _fields(block)
    return None if fields is None else Headers(fields, found.end() if found else end)


def read_content(value: bytes) -> Content | None:
    """A Content-Type, in lower case without white space; None if it is none."""
    return _content(value, _KIND)


def read_word(value: bytes) -> Content | None:
    """A Content-Disposition; None if it is none."""
    return _content(value, _WORD)


def _fields(block: bytes) -> tuple[tuple[str, bytes], ...] | None:
    lines = _NEWLINE.split(block.removesuffix(b"\n").removesuffix(b"\r"))
    if len(lines) > MAX_FIELDS * 20 or lines[0][:1] in {b" ", b"\t"}:
        return None
    found: list[tuple[str, list[bytes]]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            found[-1][1].append(line)
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        found.append((field[1].decode().lower(), [field[2]]))
    names = [name for name, _ in found]
    if len(found) > MAX_FIELDS or any(names.count(name) > 1 for name in _ONCE):
        return None
    return tuple((name, b" ".join(parts)) for name, parts in found)


def _content(value: bytes, shape: re.Pattern[str]) -> Content | None:
    text = value.decode("latin-1")
    head = shape.match(text)
    if head is None:
        return None
    kind = "/".join(filter(None, head.groups())).lower()
    at, found = head.end(), dict[str, str]()
    while parameter := _PARAMETER.match(text, at):
        name, quoted, plain = parameter.groups()
        # A part of a value (RFC 2231) or a second value: not read.
        if "*" in name or name.lower() in found:
            return Content(kind, None)
        found[name.lower()] = plain if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
        at = parameter.end()
    return Content(kind, found if _REST.fullmatch(text, at) else None)
