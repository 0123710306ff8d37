"""What is read of a request: the lines and headers that something here looks at, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from backend.edge.answers import Answer

JUDGED_HEADERS = frozenset(
    {"x-requested-with", "sec-purpose", "purpose", "x-purpose", "x-moz", "sec-gpc", "dnt"}
)
# Headers that may come on several lines, and what then stands between their values.
_JOINED = {"x-forwarded-for": ",", "cookie": ";"}
# The headers that somebody here reads, as they stand in a request in lower case.
_ONCE = ("user-agent", "content-type", "expect", "accept-language")
READ = {name.encode(): name for name in (*JUDGED_HEADERS, *_JOINED, *_ONCE)}


class Asker(Protocol):
    """Whoever waits for the answer."""

    def answer(self, request: "Request", answer: Answer) -> None:
        """Send the answer."""


@dataclass(slots=True)
class Request:
    """A request whose body has come; `headers` are those of `take_header`, by lower-case name.

    `body` is None where it was larger than any form of ours; with `is_last` its connection ends.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    peer: str
    asker: Asker
    body: bytes | None = b""
    is_last: bool = False

    def answer(self, answer: Answer) -> None:
        """Answer it. Called once, in the event loop; nothing happens if the client has left."""
        self.asker.answer(self, answer)


def take_header(headers: dict[str, str], name: str, value: bytes) -> None:
    """Add a line of one of the headers in `READ`; of several lines the first counts."""
    text = value.decode("utf-8", "replace")
    if name not in headers:
        headers[name] = text
    elif name in _JOINED:
        headers[name] += _JOINED[name] + text


def path_of(target: bytes) -> str:
    """The decoded path of a request target, without its query."""
    text = target.decode("latin-1")
    if not text.startswith("/"):  # "http://host/path", as to a proxy; "*"
        try:
            text = urlsplit(text).path
        except ValueError:
            return ""
    path = text.partition("?")[0] if "?" in text else text
    return unquote(path) if "%" in path else path
