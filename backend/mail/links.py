"""The links of a mail: which are wrapped, at what position; which keep their address, and why."""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backend.mail.hrefs import target_of
from backend.mail.link_rules import Anchor, LeftReason, LinkRules, why_left
from backend.mail.link_text import visible_text
from backend.mail.own_addresses import OwnAddress, own_link
from backend.mail.survey import Spot
from backend.mail.web_address import Fault, WebAddress
from backend.mail.zones import Zone


class Link(NamedTuple):
    """A link to wrap.

    `position` counts the links of the new text from 0 and stays the same once the mail is
    stamped: our own links keep their number. `url` is where a browser would go. `text` is what a
    reader sees, at most 200 characters.
    """

    position: int
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftLink:
    """A link that keeps its address."""

    url: str
    text: str
    reason: LeftReason


@dataclass(frozen=True, slots=True)
class Reading:
    """What the hrefs of a mail are; `own` and `positions` by their index among the spots.

    `positions` has every place to wrap, a button that only Outlook sees under the position of the
    link that all others see.
    """

    links: tuple[Link, ...]
    left: tuple[LeftLink, ...]
    own: Mapping[int, OwnAddress]
    positions: Mapping[int, int]


def read_links(html: str, spots: Sequence[Spot], rules: LinkRules) -> Reading:
    """Judge every href of a mail, in the order of the mail."""
    urls = [target_of(spot.value.text) for spot in spots]
    webs = [WebAddress.parse(url) for url in urls]
    own = dict(_own_links(webs, rules))
    twins = _twins(spots, urls)
    links: list[Link] = []
    left: list[LeftLink] = []
    positions: dict[int, int] = {}
    count = 0
    for index, (spot, url, web) in enumerate(zip(spots, urls, webs, strict=True)):
        if index in twins:
            continue
        text = visible_text(html, spot.text_start, spot.text_end)
        anchor = Anchor(url, text, web, spot.zone, index in own, spot.has_no_track)
        reason = why_left(anchor, rules)
        if reason is None:
            links.append(Link(count, url, text))
            positions[index] = count
        else:
            left.append(LeftLink(url, text, reason))
        count += reason is None or _was_wrapped(own.get(index), spot)
    positions |= {index: positions[twin] for index, twin in twins.items() if twin in positions}
    return Reading(tuple(links), tuple(left), own, positions)


def _own_links(
    webs: Sequence[WebAddress | Fault], rules: LinkRules
) -> Iterator[tuple[int, OwnAddress]]:
    for index, web in enumerate(webs):
        own = own_link(web, rules) if isinstance(web, WebAddress) else None
        if own is not None:
            yield index, own


def _twins(spots: Sequence[Spot], urls: Sequence[str]) -> dict[int, int]:
    """For each spot that only Outlook sees the nearest visible one with the same address."""
    visible: dict[str, list[int]] = {}
    for index, spot in enumerate(spots):
        if not spot.for_outlook:
            visible.setdefault(urls[index], []).append(index)
    twins = {}
    for index, spot in enumerate(spots):
        same = visible.get(urls[index], ()) if spot.for_outlook else ()
        if same:
            after = bisect(same, index)
            near = same[max(0, after - 1) : after + 1]
            twins[index] = min(near, key=lambda other: abs(spots[other].start - spot.start))
    return twins


def _was_wrapped(own: OwnAddress | None, spot: Spot) -> bool:
    is_ours = own is not None and own.kind == "c" and not own.is_wrapped
    return is_ours and spot.zone is not Zone.QUOTED
