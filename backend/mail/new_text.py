"""Where the new text of a mail ends: before the quotes that close it, if any do."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from backend.mail.html_scan import CONDITIONAL, RAW_TEXT, Names, Scan

# Tags and breaks that may stand between the last words and a quote. A pixel put before them shares
# the last line; after them it would make a line of its own and move the quote down.
BETWEEN = frozenset({
    "br", "div", "p", "span", "/p", "/div", "/span", "/font", "/b", "/i", "/u", "/strong", "/em",
    "/li", "/ul", "/ol", "/td", "/tr", "/tbody", "/table",
})  # fmt: skip
_SEEN = frozenset({"img", "hr", "input", "video"})
_COMMENT = re.compile(r"<!.*?>", re.DOTALL)
_BLANK = re.compile(r"(?:[ \t\n\f\r\xa0\u200b]|&nbsp;|&#160;)*+")
_HIDES = re.compile(
    r"<(?:div|span|p|td|tr|table)\s[^<>]*(?:display:\s*none|mso-hide:|visibility:\s*hidden|\shidden\b)",
    re.IGNORECASE,
)
_HIDING_DISTANCE = 2000


@dataclass(frozen=True, slots=True)
class NewText:
    """Two ends of the new text: of its last line, for a pixel, and of its last block, for a block.

    They are one place unless a quote follows.
    """

    line_end: int
    block_end: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The place of a quote; at `readable_from`, before it, markup is known to be plain markup."""

    start: int
    end: int
    readable_from: int


def new_text(html: str, quotes: Sequence[Quote], end: int, ours: Container[int]) -> NewText:
    """The end of the new text of a mail whose body ends at `end`.

    An answer written below or between quotes is new text too; only quotes with nothing to see
    after them close it. `ours` holds the starts of our own pixels, which count as nothing.
    """
    last: Quote | None = None
    for quote in reversed(quotes):
        if _shows_something(html, quote.end, end if last is None else last.start, ours):
            break
        last = quote
    if last is None:
        return NewText(end, end)
    return NewText(_end_of_line(html, last, ours), last.start)


def _shows_something(html: str, start: int, end: int, ours: Container[int]) -> bool:
    scan = Scan(html, start, end)
    scan.names = Names.ALL
    at, is_raw = start, False
    for tag in scan:
        if not is_raw and _has_words(html[at : tag.start]):
            return True
        if tag.name in _SEEN and tag.start not in ours:
            return True
        at, is_raw = tag.end, tag.name in RAW_TEXT
    return not is_raw and _has_words(html[at : max(at, min(end, scan.stopped_at))])


def _has_words(gap: str) -> bool:
    text = _COMMENT.sub("", gap) if "<!" in gap else gap
    return not _BLANK.fullmatch(text)


def _end_of_line(html: str, quote: Quote, ours: Container[int]) -> int:
    """The place before the tags and breaks right before the quote, else the quote's own start."""
    if _HIDES.search(html, max(0, quote.start - _HIDING_DISTANCE), quote.start):
        return quote.start
    scan = Scan(html, quote.readable_from, quote.start)
    scan.names = Names.ALL
    place: int | None = None
    at = quote.readable_from
    for tag in scan:
        if tag.start not in ours and tag.name != CONDITIONAL:
            is_new_run = place is None or bool(html[at : tag.start].strip())
            place = None if tag.name not in BETWEEN else tag.start if is_new_run else place
        elif html[at : tag.start].strip():
            place = None
        at = tag.end
    return quote.start if place is None or html[at : quote.start].strip() else place
