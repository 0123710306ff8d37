"""The HTML body of one mail: what can be tracked in it, and its stamped and unstamped forms.

Nothing is parsed into a tree and written again: a new form is the old text with some places
replaced. Only href values, our pixel, our notice and our own old pixels ever change.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from backend.mail.hrefs import escaped
from backend.mail.link_rules import LeftReason, LinkRules
from backend.mail.links import LeftLink, Link, Reading, read_links
from backend.mail.quotes import NOTICE_MARK
from backend.mail.splice import Edit, merged, removal, spliced
from backend.mail.survey import Spot, Survey, survey
from backend.mail.zones import Zone

__all__ = ["HtmlBody", "LeftLink", "LeftReason", "Link", "LinkRules"]


@dataclass(frozen=True, slots=True)
class HtmlBody:
    """A mail read once.

    `links` are to be wrapped; `left` keep their address, each with the reason. `own_links` and
    `own_pixels` are the canonical tokens of our own /c/ links and of our /o/ and /m/ images found
    anywhere, quotes and gateways' wrappings included, each once, in the order of the mail.
    """

    html: str
    links: tuple[Link, ...]
    left: tuple[LeftLink, ...]
    own_links: tuple[str, ...]
    own_pixels: tuple[str, ...]
    _survey: Survey
    _reading: Reading
    _rules: LinkRules

    @classmethod
    def read(cls, html: str, rules: LinkRules) -> "HtmlBody":
        """Read any text as HTML mail; it never fails and takes time linear to its length."""
        found = survey(html, rules)
        reading = read_links(html, found.spots, rules)
        clicks = (own.token for own in reading.own.values() if own.kind == "c")
        return cls(
            html=html,
            links=reading.links,
            left=reading.left,
            own_links=tuple(dict.fromkeys(clicks)),
            own_pixels=tuple(dict.fromkeys(pixel.token for pixel in found.pixels)),
            _survey=found,
            _reading=reading,
            _rules=rules,
        )

    @property
    def new_pixels(self) -> tuple[str, ...]:
        """The tokens of our images that belong to this mail itself, not to one it quotes."""
        pixels = (pixel for pixel in self._survey.pixels if pixel.zone is not Zone.QUOTED)
        return tuple(dict.fromkeys(pixel.token for pixel in pixels))

    def stamped(self, pixel_url: str | None, wrapped: Mapping[int, str], notice: str = "") -> str:
        """The mail with our pixel, the links at these positions leading to these addresses.

        All our old pixels and notices go. The pixel (none if `pixel_url` is None) stands at the
        end of the new text, the block `notice` before it. A mail that already shows a link of our
        notice, its block lost in an editor, gets no second one: that link is pointed to where the
        notice's own leads. Stamping the result again in the same way changes nothing.
        """
        repointed = list(self._repointed(notice)) if notice else []
        block = notice and not repointed
        inserted = f'<div {NOTICE_MARK}="notice">{notice}</div>' if block else ""
        inserted += "" if pixel_url is None else pixel_markup(pixel_url)
        ends = self._survey.new_text
        place = ends.block_end if block else ends.line_end
        hrefs = self._hrefs(
            (index, wrapped[position])
            for index, position in self._reading.positions.items()
            if position in wrapped
        )
        insertion = Edit(place, place, inserted)
        return spliced(self.html, [*self._removals(), *hrefs, *repointed, insertion])

    def unwrapped(self, targets: Mapping[str, str]) -> str:
        """The mail without our pixels and notices, own links leading to `targets[token]` again.

        Own links whose token has no target, or that a gateway has wrapped, stay as they are.
        """
        hrefs = self._hrefs(
            (index, targets[own.token])
            for index, own in self._reading.own.items()
            if own.kind == "c" and not own.is_wrapped and own.token in targets
        )
        return spliced(self.html, [*self._removals(), *hrefs])

    def _removals(self) -> list[Edit]:
        pixels = ((pixel.start, pixel.end) for pixel in self._survey.pixels)
        places = merged([*pixels, *self._notices()])
        return [removal(self.html, start, end) for start, end in places]

    def _notices(self) -> Iterator[tuple[int, int]]:
        """Blocks marked as our notice that hold a link of ours; the mark alone proves nothing."""
        pages = [spot.start for spot in self._notice_links()]
        for start, end in self._survey.notices:
            if bisect(pages, start) < bisect_left(pages, end):
                yield start, end

    def _notice_links(self) -> Iterator[Spot]:
        for index, own in self._reading.own.items():
            spot = self._survey.spots[index]
            if own.kind == "u" and not own.is_wrapped and spot.zone is not Zone.QUOTED:
                yield spot

    def _repointed(self, notice: str) -> Iterator[Edit]:
        pages = list(HtmlBody.read(notice, self._rules)._notice_links())
        blocks = list(self._notices())  # in order, none in another
        for spot in self._notice_links() if pages else ():
            before = bisect_left(blocks, (spot.start, 0))
            if before == 0 or blocks[before - 1][1] <= spot.start:
                yield Edit(spot.value.start, spot.value.end, pages[0].value.text)

    def _hrefs(self, urls: Iterable[tuple[int, str]]) -> Iterator[Edit]:
        """The addresses of these spots, where they are to be others; always between quotes."""
        html, spots = self.html, self._survey.spots
        for index, url in urls:
            text, start, end = spots[index].value
            new = escaped(url)
            if html[start - 1] not in "\"'":
                yield Edit(start, end, f'"{new}"')
            elif new != text:
                yield Edit(start, end, new)


def pixel_markup(url: str) -> str:
    """The image that says a mail was opened: one pixel, without text, never display:none."""
    return (
        f'<img src="{escaped(url)}" width="1" height="1" alt="" '
        'style="border:0;width:1px;height:1px">'
    )
