"""Finds the tags of an HTML mail where a browser finds them, in one pass, linear on any input.

It builds no tree and copies nothing: every answer is a place in the text. Comments and raw text
(style, script, title, ...) hide their content; an unterminated tag or comment swallows the rest
of the document, so the scan stops there instead of trying the next "<".

    <p title="a>b"> Hi <!-- <a href=x> --> <a  href = 'y' >there</a> <b
    skipped in C       hidden              Tag("a", ...)     Tag("/a")  stopped_at

Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization (2026-11-20)
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

CONDITIONAL = "!--[if"
_SPACE = r" \t\n\f\r"
_NAME_END = rf"[{_SPACE}/>]"

# Each repeated group below can only fail on its first character, and the outer repetition is an
# atomic group instead of a possessive one: CPython before 3.11.5 (Debian 12 has 3.11.2) forgets to
# step back when a possessive group fails midway, https://github.com/python/cpython/issues/100061.
# For the same reason an unclosed quote runs to the end, where the missing ">" tells of it.
_VALUE = rf"\"[^\"]*+\"?|'[^']*+'?|[^{_SPACE}>\"'][^{_SPACE}>]*+"
_ATTRIBUTE_NAME = rf"[^{_SPACE}/>][^{_SPACE}/>=]*+"
_ATTRIBUTES = (
    rf"[{_SPACE}/]*+"
    rf"(?:{_ATTRIBUTE_NAME}[{_SPACE}]*+(?:=[{_SPACE}]*+(?:{_VALUE})?)?[{_SPACE}/]*+)*+"
)
_TAG_NAME = re.compile(rf"</?([a-zA-Z][^{_SPACE}/>]*+)")
_TAG_REST = re.compile(rf"{_ATTRIBUTES}>")
_ONE_ATTRIBUTE = re.compile(
    rf"[{_SPACE}/]*+({_ATTRIBUTE_NAME})[{_SPACE}]*+"
    rf"(?:=[{_SPACE}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_SPACE}>\"'][^{_SPACE}>]*+))?)?"
)

_COMMENT_END = re.compile(r"--!?>")
_RAW_TEXT = "script style textarea title xmp iframe noembed noframes".split()
_RAW_TEXT_END = {name: re.compile(rf"(?i:</{name})(?={_NAME_END})") for name in _RAW_TEXT}


class Names(Enum):
    """Which tags a scan reports; the fewer, the faster.

    LINKS is what every mail needs, BLOCKS adds what shows where a quote or a signature begins and
    ends, ALL is every tag. A scan may report a tag more than asked for.
    """

    LINKS = "a area img image /a /body /html".split()
    BLOCKS = [
        *LINKS,
        *"div /div blockquote /blockquote hr table /table td /td th /th span".split(),
    ]
    ALL = None


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
    construct that swallows the rest. Setting `names` takes effect from the next tag.
    """

    def __init__(self, html: str, start: int = 0, end: int | None = None) -> None:
        self.html = html
        self.names = Names.LINKS
        self.stopped_at = len(html) if end is None else end
        self._at = start
        self._end = self.stopped_at

    def __iter__(self) -> Iterator[Tag]:
        html, end = self.html, self._end
        while True:
            at = _SKIP[self.names](html, self._at, end).end()  # type: ignore[union-attr]  # always matches
            if at + 1 >= end:
                return
            name = _TAG_NAME.match(html, at, end)
            tag = self._tag(name, at) if name else self._markup(at)
            if tag is None:
                self.stopped_at = at
                return
            self._at = tag.end
            if tag.name:
                yield tag
            if tag.name in _SWALLOWS and not self._pass_raw_text(tag):
                self.stopped_at = at
                return

    def _tag(self, name: re.Match[str], at: int) -> Tag | None:
        rest = _TAG_REST.match(self.html, name.end(), self._end)
        if rest is None:
            return None
        slash = "/" if self.html[at + 1] == "/" else ""
        return Tag(slash + name[1].lower(), at, name.end(), rest.end())

    def _markup(self, at: int) -> Tag | None:
        """What is no tag: a comment, a declaration, a lone "<"; nameless but for CONDITIONAL."""
        if self.html.startswith("<!--", at):
            return self._comment(at)
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


def attributes(html: str, tag: Tag) -> dict[str, Value]:
    """The attributes of a tag by lower-case name; of two alike the first counts, as in browsers."""
    found: dict[str, Value] = {}
    at = tag.name_end
    while (one := _ONE_ATTRIBUTE.match(html, at, tag.end - 1)) is not None:
        at = one.end()
        group = one.lastindex or 1
        value = Value(one[group], one.start(group), at) if group > 1 else Value("", at, at)
        if group in (2, 3):
            value = value._replace(end=one.end(group))
        found.setdefault(one[1].lower(), value)
    return found


def conditional_body(tag: Tag) -> tuple[int, int]:
    """Where the content of a CONDITIONAL comment begins and ends."""
    return tag.start + 4, tag.name_end


_SWALLOWS = frozenset([*_RAW_TEXT, "plaintext"])


def _skipper(names: list[str] | None) -> re.Pattern[str]:
    """Matches text and tags that are of no interest, at most a thousand a call (bounds memory)."""
    if names is None:
        stops = rf"<(?:[!?/a-zA-Z])"
    else:
        starts = "|".join(n for n in [*names, *_SWALLOWS] if n[0] != "/")
        ends = "|".join(n[1:] for n in names if n[0] == "/")
        stops = (
            rf"<(?:[!?]|(?i:(?:{starts})(?={_NAME_END})|v:)"
            rf"|/(?:[^a-zA-Z]|(?i:(?:{ends})(?={_NAME_END})|v:)))"
        )
    tag = rf"/?[a-zA-Z][^{_SPACE}/>]*+{_ATTRIBUTES}>"
    return re.compile(rf"(?>(?:[^<]++|(?!{stops})<(?:{tag}|(?![a-zA-Z/]))){{0,1000}})")


_SKIP = {names: _skipper(names.value).match for names in Names}
