"""Tracked links of a stamped mail's copies: a token each, kept over repeats, with its target."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from backend import clock, db
from backend.mail.html_body import Link
from backend.models.mail import Stamp
from backend.tracking.copies import Copy
from backend.tracking.drafts import Host, StampedLink
from backend.tracking.facts import Kind

_LINK_COLUMNS = {
    "id": "uuid",
    "org_id": "uuid",
    "stamp_id": "uuid",
    "copy_id": "uuid",
    "position": "integer",
    "occurrence": "integer",
    "url": "text",
    "text": "text",
    "token": "text",
}
_TARGET_COLUMNS = {"token": "text", "url": "text", "created_at": "timestamptz"}


def wrap(
    stamp: Stamp,
    copies: Collection[Copy],
    links: Sequence[Link],
    host: Host,
    *,
    is_new: bool = False,
) -> dict[str, tuple[StampedLink, ...]]:
    """A tracked link for each link of the body, in its order, by the id of the copy.

    The same place linked for the nth time keeps the token it had, however the text around it
    changed; a stamp that `is_new` has none yet.
    """
    if not links:
        return {copy.id: () for copy in copies}
    known = {} if is_new else _links_of(stamp)
    wrapping, numbered = _Wrapping(stamp, host, known), list(_numbered(links))
    places = {copy.id: wrapping.places(copy.id, numbered) for copy in copies}
    wrapping.save_targets()  # first: PostgreSQL takes them in while the rest is made
    wrapped = {copy_id: tuple(wrapping.links(copy_id, there)) for copy_id, there in places.items()}
    wrapping.save()
    return wrapped


def targets_of(tokens: Collection[str]) -> dict[str, str]:
    """The stored target of each of our own click tokens that we know."""
    if not tokens:
        return {}
    return dict(
        db.rows(
            f"SELECT token, url FROM link_target WHERE token {db.among('text')}", [db.many(tokens)]
        )
    )


class _Known(NamedTuple):
    """A tracked link that is stored."""

    id: str
    token: str
    position: int
    text: str


class _Place(NamedTuple):
    """A link in one copy, the how many-th to its address, and the token that it has or gets."""

    link: Link
    occurrence: int
    known: _Known | None
    token: str


class _Wrapping:
    """The tracked links of a stamp, and what is to be written of them."""

    def __init__(
        self, stamp: Stamp, host: Host, known: Mapping[tuple[str, str, int], _Known]
    ) -> None:
        self._stamp = stamp
        self._host = host
        self._now = clock.now()
        self._known = known
        self._targets: list[tuple[object, ...]] = []
        self._made: list[tuple[object, ...]] = []
        self._changed: list[tuple[object, ...]] = []

    def places(self, copy_id: str, numbered: Iterable[tuple[Link, int]]) -> list[_Place]:
        """Each link with the token of the same place in that copy before, or a new one."""
        tokens = self._host.keys.series(Kind.CLICK, self._now)
        found = []
        for link, occurrence in numbered:
            known = self._known.get((copy_id, link.url, occurrence))
            token = known.token if known else next(tokens)
            if not known:
                self._targets.append((token, link.url, self._now))
            found.append(_Place(link, occurrence, known, token))
        return found

    def save_targets(self) -> None:
        """Write where the new tokens lead, which outlives person and message: for ever."""
        db.add_rows("link_target", _TARGET_COLUMNS, self._targets)

    def links(self, copy_id: str, places: Iterable[_Place]) -> Iterator[StampedLink]:
        """They as they stand in that copy."""
        stamp, ids, begun = self._stamp, clock.ids(self._now), self._host.url(Kind.CLICK, "")
        for link, occurrence, known, token in places:
            row_id = known.id if known else next(ids)
            if not known:
                place = (link.position, occurrence, link.url, link.text)
                self._made.append((row_id, stamp.org_id, stamp.id, copy_id, *place, token))
            elif known[2:] != (link.position, link.text):
                self._changed.append((link.position, link.text, row_id))
            yield StampedLink(row_id, link.position, link.text, link.url, begun + token)

    def save(self) -> None:
        """Write the links, in as many statements for a thousand as for one."""
        changes = {"position": "integer", "text": "text"}
        db.update_rows("tracked_link", changes, self._changed)
        db.add_rows("tracked_link", _LINK_COLUMNS, self._made)


def _links_of(stamp: Stamp) -> dict[tuple[str, str, int], _Known]:
    """Each link by its copy, address and occurrence."""
    return {
        (copy_id, url, occurrence): _Known(*found)
        for copy_id, url, occurrence, *found in db.rows(
            "SELECT copy_id, url, occurrence, id, token, position, text FROM tracked_link"
            " WHERE stamp_id = %s",
            [stamp.id],
        )
    }


def _numbered(links: Sequence[Link]) -> Iterator[tuple[Link, int]]:
    """Each link with the number of links to the same place before it."""
    seen = Counter[str]()
    for link in links:
        yield link, seen[link.url]
        seen[link.url] += 1
