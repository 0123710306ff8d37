"""What is read of a request: its first line, and those headers that something here looks at."""

import re
from typing import Protocol
from urllib.parse import unquote, urlsplit

from backend.edge.answers import Answer

JUDGED_HEADERS = frozenset(
    {"x-requested-with", "sec-purpose", "purpose", "x-purpose", "x-moz", "sec-gpc", "dnt"}
)
# JUDGED_HEADERS and the two that tell who asks, in one pass. The letters in front let most lines
# be passed over at once.
_OF_A_HIT = re.compile(
    r"\n(?=[dpsux])(user-agent|x-(?:forwarded-for|requested-with|purpose|moz)|sec-(?:purpose|gpc)"
    r"|purpose|dnt):[ \t]*(.*)\r",
    re.ASCII | re.IGNORECASE,
)


class Asker(Protocol):
    """Whoever waits for the answer."""

    def answer(self, request: "Request", answer: Answer) -> None:
        """Send the answer."""


class Request:
    """A request whose body has come.

    `body` is None where it was larger than any form of ours.
    """

    __slots__ = ("asker", "body", "head", "method", "path", "peer")

    def __init__(self, head: bytes, peer: str, asker: Asker, body: bytes | None = b"") -> None:
        """Of a head that is proper HTTP, up to and with its empty line."""
        self.head = head.decode("utf-8", "replace")
        self.method, target = self.head.split(None, 2)[:2]
        self.path = path_of(target)
        self.peer = peer
        self.asker = asker
        self.body = body

    def lines(self, name: str) -> list[str]:
        """What the lines of that header say."""
        return re.findall(rf"\n{name}:[ \t]*(.*)\r", self.head, re.ASCII | re.IGNORECASE)

    def of_a_hit(self) -> tuple[str, str, dict[str, str]]:
        """What a hit is made of: the agent, the list of proxies, the `JUDGED_HEADERS` it has.

        Of several lines the first counts; those of proxies make one list.
        """
        agent = forwarded = ""
        judged: dict[str, str] = {}
        for written, value in _OF_A_HIT.findall(self.head):
            name = written.lower()
            if name == "user-agent":
                agent = agent or value
            elif name == "x-forwarded-for":
                forwarded = f"{forwarded},{value}" if forwarded else value
            else:
                judged.setdefault(name, value)
        return agent, forwarded, judged

    def answer(self, answer: Answer) -> None:
        """Answer it. Called once, in the event loop; nothing happens if the client has left."""
        self.asker.answer(self, answer)


def path_of(target: str) -> str:
    """The decoded path of a request target, without its query."""
    if not target.startswith("/"):  # "http://host/path", as to a proxy; "*"
        try:
            target = urlsplit(target).path
        except ValueError:
            return ""
    path = target.partition("?")[0] if "?" in target else target
    return unquote(path) if "%" in path else path
