"""Finds the tags of an HTML mail where a browser finds them, in one pass, linear on any input.

It builds no tree and copies nothing: every answer is a place in the text. Comments and raw text
(style, script, title, ...) hide their content; an unterminated tag or comment swallows the rest
of the document, so the scan stops there instead of trying the next "<".

    <p title="a>b"> Hi <!-- <a href=x> --> <a  href = 'y' >there</a> <b
    skipped in C       hidden              Tag("a", ...)     Tag("/a")  stopped_at

Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization (2026-11-22)
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
    rf"({_ATTRIBUTE_NAME})[{_SPACE}]*+"
    rf"(?:=[{_SPACE}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_SPACE}>\"'][^{_SPACE}>]*+))?)?"
)

_COMMENT_END = re.compile(r"--!?>")
RAW_TEXT = frozenset(
    ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"]
)
_RAW_TEXT_END = {name: re.compile(rf"(?i:</{name})(?={_NAME_END})") for name in RAW_TEXT}


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
            skipped = _SKIP[self.names](html, self._at, end)
            assert skipped is not None  # it may skip nothing, but matches always
            at = skipped.end()
            if at + 1 >= end:
                return
            name = _TAG_NAME.match(html, at, end)
            tag = self._tag(name, at) if name else self._markup(at)
            if tag is None:
                self.stopped_at = at
                return
            self._at = tag.end
            if self.names is not Names.ALL and tag.name not in _ASKED[self.names]:
                self.checkpoint = tag.end
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
    # Every character but white space and "/" begins a name, so the search leaves out nothing else.
    for one in _ONE_ATTRIBUTE.finditer(html, tag.name_end, tag.end - 1):
        name = one[1].lower()
        if name not in found:
            group = one.lastindex or 1
            found[name] = Value(one[group] if group > 1 else "", *one.span(group))
    return found


def conditional_body(tag: Tag) -> tuple[int, int]:
    """Where the content of a CONDITIONAL comment begins and ends."""
    return tag.start + 4, tag.name_end


_SWALLOWS = RAW_TEXT | {"plaintext"}


def _skipper(names: tuple[str, ...] | None) -> re.Pattern[str]:
    """Matches text and tags that are of no interest, at most a thousand a call (bounds memory)."""
    stops = r"<[!?/a-zA-Z]" if names is None else _stops(names)
    tag = rf"/?[a-zA-Z][^{_SPACE}/>]*+{_ATTRIBUTES}>"
    return re.compile(rf"(?>(?:[^<]++|(?!{stops})<(?:{tag}|(?![a-zA-Z/]))){{0,1000}})")


def _stops(names: tuple[str, ...]) -> str:
    starts = "|".join(_in_any_case(name) for name in [*names, *sorted(_SWALLOWS)] if name[0] != "/")
    ends = "|".join(_in_any_case(name[1:]) for name in names if name[0] == "/")
    vml = "[vV]:"
    return (
        rf"<(?:(?:{starts})(?={_NAME_END})|{vml}|[!?]"
        rf"|/(?:(?:{ends})(?={_NAME_END})|{vml}|[^a-zA-Z]))"
    )


def _in_any_case(name: str) -> str:
    """A pattern for a name that tells at its first character, unlike one that ignores case."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in name)


# Whatever else a scan comes to, as at the end of a thousand, is a place to start another from.
_ASKED = {names: frozenset(names.value or ()) | _SWALLOWS for names in Names}
_SKIP = {names: _skipper(names.value).match for names in Names}
