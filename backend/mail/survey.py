"""One pass over a mail: its links, our own pixels and notices, and where its new text ends."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from backend.mail.hrefs import target_of
from backend.mail.html_scan import (
    CONDITIONAL,
    RAW_TEXT,
    Names,
    Scan,
    Tag,
    Value,
    attributes,
    conditional_body,
)
from backend.mail.link_rules import LONGEST_ADDRESS, LinkRules
from backend.mail.new_text import BETWEEN, NewText, Quote, new_text
from backend.mail.own_addresses import own_pixel
from backend.mail.zones import Zone, Zones

_LINKS = frozenset({"a", "area"})
_OF_A_LINK = frozenset({"href", "data-no-track"})
_OF_AN_IMAGE = frozenset({"src"})
_IMAGES = frozenset({"img", "image"})
_BODY_ENDS = frozenset({"/body", "/html"})
_TRANSPARENT = BETWEEN | RAW_TEXT | _IMAGES  # after these a scan could not begin, or need not


class Spot(NamedTuple):
    """One href of a mail; `for_outlook` if it is one that only Outlook sees.

    `value` is its raw text and place, `text_start` to `text_end` the markup of the link's text.
    """

    start: int
    value: Value
    zone: Zone
    for_outlook: bool
    has_no_track: bool
    text_start: int
    text_end: int


class Pixel(NamedTuple):
    """One image of ours: the place of its tag, its canonical token, whose text it stands in."""

    start: int
    end: int
    token: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands where, each in the order of the mail."""

    spots: tuple[Spot, ...]
    pixels: tuple[Pixel, ...]
    notices: tuple[tuple[int, int], ...]
    new_text: NewText


def survey(html: str, rules: LinkRules) -> Survey:
    """Read the mail once, in time linear to its length."""
    return _Surveyor(html, rules).survey()


class _Surveyor:
    def __init__(self, html: str, rules: LinkRules) -> None:
        self._html = html
        self._rules = rules
        self._zones = Zones(html, wrap_signature=rules.wrap_signature)
        self._spots: list[list[Any]] = []  # their text ends where a later tag says so
        self._pixels: list[Pixel] = []
        self._readable: list[int] = []  # for each quote a place before it, outside any tag
        self._last_content = 0
        self._ends: dict[str, int] = {}

    def survey(self) -> Survey:
        scan = Scan(self._html)
        scan.names = self._zones.names
        self._walk(scan)
        end = self._ends.get("/body", self._ends.get("/html", scan.stopped_at))
        places = zip(self._zones.quotes, self._readable, strict=True)
        quotes = [Quote(start, end, readable) for (start, end), readable in places]
        ours = {pixel.start for pixel in self._pixels}
        return Survey(
            spots=tuple(map(Spot._make, self._spots)),
            pixels=tuple(self._pixels),
            notices=tuple(self._zones.notices),
            new_text=new_text(self._html, quotes, end, ours),
        )

    def _walk(self, scan: Scan, *, in_comment: bool = False) -> None:
        """Note what each tag brings; a link's text runs to its end tag or to the next link."""
        open_name, open_at = "", 0
        for tag in scan:
            name = tag.name
            if not in_comment and self._zones.names is not Names.LINKS:
                self._follow(tag, scan)
            opens = _is_link(name) and self._note_link(tag, scan.stopped_at, in_comment=in_comment)
            if open_name and (opens or name.removeprefix("/") == open_name):
                self._spots[open_at][-1] = tag.start
                open_name = ""
            if opens:
                open_name, open_at = name, len(self._spots) - 1
            elif name in _IMAGES:
                self._note_image(tag)
            elif not in_comment:
                self._note_structure(tag)

    def _follow(self, tag: Tag, scan: Scan) -> None:
        self._zones.see(tag)
        scan.names = self._zones.names
        if len(self._zones.quotes) > len(self._readable):
            self._readable.append(max(self._last_content, min(scan.checkpoint, tag.start)))
        elif tag.name not in _TRANSPARENT:
            self._last_content = tag.end
        else:
            self._last_content = max(self._last_content, scan.checkpoint)

    def _note_link(self, tag: Tag, end: int, *, in_comment: bool) -> bool:
        """Keep a link with an address; True if it holds text."""
        found = attributes(self._html, tag, _OF_A_LINK)
        href = found.get("href")
        if href is None or not href.text:
            return False
        is_area = tag.name == "area"
        for_outlook = in_comment or tag.name not in _LINKS
        text = (tag.start, tag.end) if is_area else (tag.end, end)
        has_no_track = "data-no-track" in found
        self._spots.append([tag.start, href, self._zones.here, for_outlook, has_no_track, *text])
        return not is_area

    def _note_image(self, tag: Tag) -> None:
        source = attributes(self._html, tag, _OF_AN_IMAGE).get("src")
        if source is None or len(source.text) > LONGEST_ADDRESS:
            return
        own = own_pixel(target_of(source.text), self._rules)
        if own is not None:
            self._pixels.append(Pixel(tag.start, tag.end, own.token, self._zones.here))

    def _note_structure(self, tag: Tag) -> None:
        if tag.name == CONDITIONAL:
            self._walk(Scan(self._html, *conditional_body(tag)), in_comment=True)
        elif tag.name in _BODY_ENDS:
            self._ends[tag.name] = tag.start


def _is_link(name: str) -> bool:
    return name in _LINKS or name.startswith("v:")
