"""Finds the tags of an HTML mail where a browser finds them, in one pass, linear on any input.

It builds no tree and copies nothing: every answer is a place in the text. Comments and raw text
(style, script, title, ...) hide their content; an unterminated tag or comment swallows the rest
of the document, so the scan stops there instead of trying the next "<".

    <p title="a>b"> Hi <!-- <a href=x> --> <a  href = 'y' >there</a> <b
    skipped in C       hidden              Tag("a", ...)     Tag("/a")  stopped_at

Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization (2026-11-22)
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

CONDITIONAL = "!--[if"
_SPACE = r" \t\n\f\r"
NAME_END = rf"[{_SPACE}/>]"

# Each repeated group below can only fail on its first character, and the outer repetition is an
# atomic group instead of a possessive one: CPython before 3.11.5 (Debian 12 has 3.11.2) forgets to
# step back when a possessive group fails midway, https://github.com/python/cpython/issues/100061.
# For the same reason an unclosed quote runs to the end, where the missing ">" tells of it.
_VALUE = rf"\"[^\"]*+\"?|'[^']*+'?|[^{_SPACE}>\"'][^{_SPACE}>]*+"
_ATTRIBUTE_NAME = rf"[^{_SPACE}/>][^{_SPACE}/>=]*+"
ATTRIBUTES = (
    rf"[{_SPACE}/]*+"
    rf"(?:{_ATTRIBUTE_NAME}[{_SPACE}]*+(?:=[{_SPACE}]*+(?:{_VALUE})?)?[{_SPACE}/]*+)*+"
)
_TAG_NAME = rf"/?[a-zA-Z][^{_SPACE}/>]*+"
_TAG_BEGIN = re.compile("</?[a-zA-Z]")
_ONE_ATTRIBUTE = re.compile(
    rf"({_ATTRIBUTE_NAME})[{_SPACE}]*+"
    rf"(?:=[{_SPACE}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_SPACE}>\"'][^{_SPACE}>]*+))?)?"
)

_COMMENT_END = re.compile(r"--!?>")
RAW_TEXT = frozenset(
    ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"]
)
_RAW_TEXT_END = {name: re.compile(rf"(?i:</{name})(?={NAME_END})") for name in RAW_TEXT}


class Names(Enum):
    """Which tags a scan reports; the fewer, the faster.

    LINKS is what every mail needs, BLOCKS adds what shows where a quote begins and ends, HEADERS
    what stands around the words "From:", ALL is every tag. A scan may report more than asked for.
    """

    LINKS = ("a", "area", "img", "image", "/a", "/body", "/html")
    BLOCKS = (*LINKS, "div", "blockquote", "hr", "table", "td", "th",
              "/div", "/blockquote", "/table", "/td", "/th")  # fmt: skip
    HEADERS = (*BLOCKS, "b", "strong")
    ALL = None

    asked: frozenset[str]
    next: Callable[[str, int, int], re.Match[str] | None]


class Tag(NamedTuple):
    """One tag: `name` is lower-case with "/" before an end tag's, or CONDITIONAL for a comment.

    A named tuple, for it is made for every tag of interest and costs a third of a dataclass.
    """

    name: str
    start: int
    name_end: int
    end: int


class Value(NamedTuple):
    """The raw value of an attribute, without its quotes, and where it stands."""

    text: str
    start: int
    end: int


class Scan:
    """The tags of `html[start:end]`, in order, by iterating once.

    After the iteration `stopped_at` says where readable markup ends: `end`, or the start of the
    construct that swallows the rest. During it `checkpoint` is a place that was passed lately, at
    most some thousand tags back, where markup begins anew, so that another scan may start there.
    Setting `names` takes effect from the next tag.
    """

    def __init__(self, html: str, start: int = 0, end: int | None = None) -> None:
        self.html = html
        self.names = Names.LINKS
        self.stopped_at = len(html) if end is None else end
        self.checkpoint = start
        self._at = start
        self._end = self.stopped_at

    def __iter__(self) -> Iterator[Tag]:
        html, end = self.html, self._end
        while True:
            names = self.names
            found = names.next(html, self._at, end)
            assert found is not None  # it may pass nothing, but matches always
            tag = self._tag(found) if found[1] else self._markup(found.end())
            if tag is None:
                return
            name = tag.name
            self._at = tag.end
            if names is not Names.ALL and name not in names.asked:
                self.checkpoint = tag.end
            if name:
                yield tag
            if name in _SWALLOWS and not self._pass_raw_text(tag):
                self.stopped_at = tag.start
                return

    def _tag(self, found: re.Match[str]) -> Tag:
        start, name_end = found.span(1)
        return Tag(found[1].lower(), start - 1, name_end, found.end())

    def _markup(self, at: int) -> Tag | None:
        """What is no tag that ends: nameless but for CONDITIONAL; None where the readable stops."""
        if at + 1 >= self._end:
            return None
        is_comment = self.html.startswith("<!--", at)
        tag = self._comment(at) if is_comment else self._declaration(at)
        if tag is None:
            self.stopped_at = at
        return tag

    def _declaration(self, at: int) -> Tag | None:
        """The same for a declaration, the end tag of nothing, and a lone "<"."""
        if _TAG_BEGIN.match(self.html, at, self._end):
            return None
        if self.html[at] != "<" or self.html[at + 1] not in "!?/":
            return Tag("", at, at, at + 1)
        closed_at = self.html.find(">", at + 2, self._end)
        return None if closed_at < 0 else Tag("", at, at, closed_at + 1)

    def _comment(self, at: int) -> Tag | None:
        for abrupt in ("<!-->", "<!--->"):
            if self.html.startswith(abrupt, at) and at + len(abrupt) <= self._end:
                return Tag("", at, at, at + len(abrupt))
        closing = _COMMENT_END.search(self.html, at + 4, self._end)
        if closing is None:
            return None
        kind = CONDITIONAL if self.html[at : at + len(CONDITIONAL) + 1].lower() == "<!--[if" else ""
        return Tag(kind, at, closing.start(), closing.end())

    def _pass_raw_text(self, tag: Tag) -> bool:
        """Move to the end tag of a raw text element; False if there is none."""
        pattern = _RAW_TEXT_END.get(tag.name)
        closing = pattern.search(self.html, tag.end, self._end) if pattern else None
        if closing is None:
            return False
        self._at = closing.start()
        return True


def attributes(html: str, tag: Tag, wanted: frozenset[str] | None = None) -> dict[str, Value]:
    """The attributes of a tag by lower-case name; of two alike the first counts, as in browsers.

    Only those `wanted`, if that is given: half of the time is spent on the values.
    """
    found: dict[str, Value] = {}
    # Every character but white space and "/" begins a name, so the search leaves out nothing else.
    for one in _ONE_ATTRIBUTE.finditer(html, tag.name_end, tag.end - 1):
        name = one[1].lower()
        if (wanted is None or name in wanted) and name not in found:
            group = one.lastindex or 1
            found[name] = Value(one[group] if group > 1 else "", *one.span(group))
    return found


def conditional_body(tag: Tag) -> tuple[int, int]:
    """Where the content of a CONDITIONAL comment begins and ends."""
    return tag.start + 4, tag.name_end


_SWALLOWS = RAW_TEXT | {"plaintext"}


def _next(names: tuple[str, ...] | None) -> re.Pattern[str]:
    """Matches up to and with the next tag, its name in group 1, or up to what is none.

    It passes text and at most a thousand tags of no interest (bounds memory).
    """
    stops = r"<[!?/a-zA-Z]" if names is None else _stops(names)
    passed = rf"(?:[^<]++|(?!{stops})<(?:{_TAG_NAME}{ATTRIBUTES}>|(?![a-zA-Z/])))"
    return re.compile(rf"(?>{passed}{{0,1000}})(?:<({_TAG_NAME}){ATTRIBUTES}>|)")


def _stops(names: tuple[str, ...]) -> str:
    starts = "|".join(_in_any_case(name) for name in [*names, *sorted(_SWALLOWS)] if name[0] != "/")
    ends = "|".join(_in_any_case(name[1:]) for name in names if name[0] == "/")
    vml = "[vV]:"
    return (
        rf"<(?:(?:{starts})(?={NAME_END})|{vml}|[!?]"
        rf"|/(?:(?:{ends})(?={NAME_END})|{vml}|[^a-zA-Z]))"
    )


def _in_any_case(name: str) -> str:
    """A pattern for a name that tells at its first character, unlike one that ignores case."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in name)


for _names in Names:
    _names.next = _next(_names.value).match
    # Whatever else a scan comes to, as behind a thousand, is a place to start another from.
    _names.asked = frozenset(_names.value or ()) | _SWALLOWS
