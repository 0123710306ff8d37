"""Follows the tags of a mail and says where its new text, its signature and its quotes are."""

from enum import StrEnum

from backend.mail.html_scan import Names, Scan, Tag, attributes
from backend.mail.quotes import (
    OUTLOOK_FOR_MAC,
    QUOTING,
    Mark,
    header_blocks,
    mark_of,
    may_quote,
    separators,
    signature_lines,
)

_MARKED = frozenset(["div", "blockquote", "hr", "span", "p", "pre", "table", "a"])
_NESTING = frozenset(["div", "blockquote"])
_CELLS = frozenset(["td", "th"])
_QUOTES = frozenset({Mark.QUOTE_ELEMENT, Mark.QUOTE_TO_THE_END})
_SIGNATURES = frozenset({Mark.SIGNATURE_ELEMENT, Mark.SIGNATURE_TO_THE_QUOTE})
_TO_THE_END = frozenset({Mark.QUOTE_TO_THE_END, Mark.SIGNATURE_TO_THE_QUOTE})


class Zone(StrEnum):
    """Whose text it is."""

    NEW = "new"
    SIGNATURE = "signature"
    QUOTED = "quoted"


class Element:
    """An open div or blockquote, until the tag that closes it.

    As in browsers an end tag closes nothing outside its table or cell, called a level here. The
    counts keep it linear: an end tag without a partner is seen as such without a search.
    """

    def __init__(self, name: str) -> None:
        self._names = [name]
        self._level = "root"  # or "table" or "cell"
        self._base = 0  # where the level's own names begin
        self._counts = {"div": 0, "blockquote": 0}
        self._counts[name] = 1
        self._outer: list[tuple[str, int, int, int]] = []  # level, base and counts around it

    def closes_with(self, name: str) -> bool:
        """Take the next tag's name; True if the element ends with it."""
        if name[0] != "/":
            self._open(name)
            return False
        self._close(name[1:])
        return not self._names and not self._outer

    def _open(self, name: str) -> None:
        if name in _NESTING:
            self._names.append(name)
            self._counts[name] += 1
        elif name == "table":
            self._enter("table")
        elif name in _CELLS and self._level != "root":
            if self._level == "cell":
                self._leave()
            self._enter("cell")

    def _close(self, name: str) -> None:
        if name in _NESTING:
            while self._counts[name]:
                closed = self._names.pop()
                self._counts[closed] -= 1
                if closed == name:
                    return
        elif name in _CELLS and self._level == "cell":
            self._leave()
        elif name == "table" and self._level != "root":
            if self._level == "cell":
                self._leave()
            self._leave()

    def _enter(self, level: str) -> None:
        divs, blockquotes = self._counts.values()
        self._outer.append((self._level, self._base, divs, blockquotes))
        self._level, self._base = level, len(self._names)
        self._counts = {"div": 0, "blockquote": 0}

    def _leave(self) -> None:
        del self._names[self._base :]
        self._level, self._base, divs, blockquotes = self._outer.pop()
        self._counts = {"div": divs, "blockquote": blockquotes}


class Zones:
    """Where we are while the tags of a mail pass by in order.

    `quotes` are the places of the quotes so far (an open one runs to the end of the mail),
    `notices` those of our own notice blocks in the new text. `names` says which tags are needed
    to tell.
    """

    def __init__(self, html: str, *, wrap_signature: bool) -> None:
        self._html = html
        self._follows_signature = not wrap_signature
        self._headers = header_blocks(html)
        self._separators = separators(html)
        self._by_text = self._headers | self._separators
        self._signatures_at = frozenset[int]() if wrap_signature else signature_lines(html)
        self._open: dict[Mark, tuple[Element | None, int]] = {}
        self.here = Zone.NEW
        self.quotes: list[tuple[int, int]] = []
        self.notices: list[tuple[int, int]] = []
        self.names = self._needed()

    def see(self, tag: Tag) -> None:
        """Take the next tag into account."""
        if self.names is Names.LINKS:
            return
        if self._open:
            self._follow(tag)
        mark = self._mark(tag)
        if mark is not None and self._counts(mark, tag):
            self._begin(mark, tag)

    def _needed(self) -> Names:
        lower = self._html.lower()
        if self._follows_signature or self._separators or OUTLOOK_FOR_MAC in lower:
            return Names.ALL
        if self._headers:
            return Names.HEADERS
        return Names.BLOCKS if may_quote(lower) else Names.LINKS

    def _follow(self, tag: Tag) -> None:
        for mark, (element, start) in list(self._open.items()):
            if element is None or not element.closes_with(tag.name):
                continue
            del self._open[mark]
            self._set_zone()
            if mark is Mark.NOTICE:
                self.notices.append((start, tag.end))
            elif mark is Mark.QUOTE_ELEMENT:
                self.quotes[-1] = (start, tag.end)

    def _mark(self, tag: Tag) -> Mark | None:
        if tag.start in self._by_text:
            return Mark.QUOTE_TO_THE_END
        if tag.start in self._signatures_at:
            return Mark.SIGNATURE_TO_THE_QUOTE
        if self.here is Zone.QUOTED or tag.name not in _MARKED:
            return None
        if tag.end - tag.name_end == 1 and tag.name != "blockquote":
            return None  # without attributes
        return mark_of(tag.name, attributes(self._html, tag))

    def _counts(self, mark: Mark, tag: Tag) -> bool:
        """A mark inside a quote is an older mail's; a notice is ours only as the div we write.

        There is none in ours: where one begins, the one that was open is not ours.
        """
        is_open = mark in self._open and mark is not Mark.NOTICE
        if self.here is Zone.QUOTED or is_open:
            return False
        if mark in _SIGNATURES:
            return self._follows_signature and self.here is Zone.NEW
        if mark is Mark.NOTICE:
            return tag.name == "div"
        return tag.name in QUOTING or tag.start in self._by_text or self._is_outlook_for_mac(tag)

    def _is_outlook_for_mac(self, tag: Tag) -> bool:
        return OUTLOOK_FOR_MAC in self._html[tag.start : tag.end].lower()

    def _begin(self, mark: Mark, tag: Tag) -> None:
        has_end = mark not in _TO_THE_END and tag.name in _NESTING
        self._open[mark] = (Element(tag.name) if has_end else None, tag.start)
        self._set_zone()
        if mark in _QUOTES:
            self.quotes.append((tag.start, len(self._html)))
            if not has_end:
                self.names = Names.LINKS

    def _set_zone(self) -> None:
        open_marks = self._open.keys()
        if open_marks & _QUOTES:
            self.here = Zone.QUOTED
        else:
            self.here = Zone.SIGNATURE if open_marks & _SIGNATURES else Zone.NEW


def quotes_in(html: str) -> list[tuple[int, int]]:
    """Start and end of each quote of a mail, in order; none lies in another."""
    zones, scan = Zones(html, wrap_signature=True), Scan(html)
    scan.names = zones.names
    for tag in scan:
        zones.see(tag)
        scan.names = zones.names
    return zones.quotes
