"""What a mail's HTML makes a mail program fetch: its pictures, and the links one can click."""

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

MAX_FOUND = 60  # pictures or links; a mail in the inbox may be anybody's
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in the mail."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """Addresses of pictures, and links, in their order."""

    pictures: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def read(html: str, hosts: frozenset[str]) -> Body:
    """What of this HTML lies on these hosts (host[:port], lower-case).

    Nothing else is ever fetched from the playground: a mail's other addresses may be anybody's.
    """
    found = _Finder()
    found.feed(html)
    found.close()
    links = [Link(url, " ".join("".join(text).split())[:MAX_TEXT]) for url, text in found.links]
    return Body(
        tuple(url for url in found.pictures if _is_on(url, hosts))[:MAX_FOUND],
        tuple(link for link in links if _is_on(link.url, hosts))[:MAX_FOUND],
    )


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.links: list[tuple[str, list[str]]] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img" and given.get("src"):
            self.pictures.append((given["src"] or "").strip())
        elif tag == "a" and given.get("href"):
            self.links.append(((given["href"] or "").strip(), []))
            self._is_inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.links[-1][1].append(data)


def _is_on(url: str, hosts: frozenset[str]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # an address that is none, such as http://[
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() in hosts
