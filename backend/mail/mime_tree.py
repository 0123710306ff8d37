"""The parts of a mail by their places in its bytes; nothing is copied and nothing is raised.

Bounded in depth and number of parts; each level looks once at its own bytes, so the time is linear
to the length. Messages inside a mail are never entered.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from backend.mail.mime_headers import Content, Headers, read_content, read_headers, read_word

MAX_DEPTH = 20
MAX_PARTS = 1_000
MAX_ALIKE = 10_000  # lines of one multipart that begin as its delimiter does
MAX_BOUNDARY = 200  # RFC 2046 allows 70; some programs write more

_CR, _LF = b"\r\n"
# What may follow a delimiter on its line: the close mark, white space a gateway added.
_TAIL = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\r?\Z)")
_TEXT = Content("text/plain")
_NO_DISPOSITION = Content("")


class UnclearError(Exception):
    """The structure can be understood in more than one way, or is beyond the bounds."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part: its headers, the place of its body, and its own parts if it is a multipart."""

    headers: Headers
    content: Content
    disposition: Content
    start: int
    end: int
    children: tuple["Node", ...] = ()

    @property
    def is_attachment(self) -> bool:
        """Whether it is there to be saved, not to be looked at in its place."""
        is_named = self.disposition.parameter("filename") or self.content.parameter("name")
        return self.disposition.value == "attachment" or bool(is_named)

    def walk(self) -> Iterator["Node"]:
        """This part and all below it, in the order of the mail."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_tree(raw: bytes) -> Node | None:
    """The mail as a tree of its parts; None if its structure is not clear.

    Its lines end in CRLF or all in LF: a reader that takes a lone one for a line end sees others.
    """
    pairs = raw.count(b"\r\n")
    if raw.count(b"\r") != pairs or pairs not in {0, raw.count(b"\n")}:
        return None
    try:
        return _Reader(raw).node(0, len(raw), 0)
    except UnclearError:
        return None


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._count = 0

    def node(self, start: int, end: int, depth: int) -> Node:
        self._count += 1
        headers = read_headers(self._raw, start, end)
        if headers is None or depth > MAX_DEPTH or self._count > MAX_PARTS:
            raise UnclearError
        content = _content_of(headers)
        disposition = read_word(headers.first("content-disposition")) or _NO_DISPOSITION
        children: tuple[Node, ...] = ()
        if content.value.startswith("multipart/"):
            children = self._children(headers.body_start, end, content, depth)
        return Node(headers, content, disposition, headers.body_start, end, children)

    def _children(self, start: int, end: int, content: Content, depth: int) -> tuple[Node, ...]:
        boundary = content.parameter("boundary").encode("latin-1")
        if not 0 < len(boundary) <= MAX_BOUNDARY or boundary != boundary.strip():
            raise UnclearError
        places = list(islice(self._between(b"\n--" + boundary, start, end), MAX_PARTS))
        return tuple(self.node(first, last, depth + 1) for first, last in places)

    def _between(self, delimiter: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """From where to where each part between two delimiter lines goes."""
        opened = -1
        for line_start, line_end, is_last in self._delimiters(delimiter, start, end):
            if opened >= 0:
                yield opened, max(opened, self._before_newline(line_start))
            opened = line_end
            if is_last:
                return
        raise UnclearError  # cut off, or its last delimiter was damaged on the way

    def _delimiters(
        self, delimiter: bytes, start: int, end: int
    ) -> Iterator[tuple[int, int, bool]]:
        """Each delimiter line: its start, the start of the next line, whether it closes."""
        raw, at, looked_at = self._raw, start - 1, 0  # what comes before a body is a line end
        while (at := raw.find(delimiter, at, end)) >= 0:
            line_start, at, looked_at = at + 1, at + len(delimiter), looked_at + 1
            if looked_at > MAX_ALIKE:
                raise UnclearError
            tail = _TAIL.match(raw, at, end)
            if tail:
                yield line_start, tail.end(), tail[1] is not None
                at = tail.end() - 1

    def _before_newline(self, at: int) -> int:
        at -= self._raw[at - 1] == _LF
        return at - (self._raw[at - 1] == _CR)


def _content_of(headers: Headers) -> Content:
    values = headers.all("content-type")
    if not values:
        return _TEXT
    content = read_content(values[0])
    if content is None:  # RFC 2045 section 5.2 has it taken for plain text; some guess
        raise UnclearError
    return content
