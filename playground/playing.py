"""Play a reader: fetch from the tracking host over HTTP what its program would fetch of a mail.

The edge cannot tell it from the world: it gets a user agent, headers and, from a proxy that it is
told to believe (TRUSTED_HOPS), an address. What happens then is the product's own doing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event
from urllib.parse import urlsplit

from backend.errors import Unavailable
from playground.bodies import Body, Link
from playground.readers import Deed, Fetches, Reader, Step

TIMEOUT_S = 5
LATER = 503  # of a link that the edge will know in a moment: its page asks again by itself
AGAIN_S, TRIES = 2, 5
PIXEL_TEXT = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One request that was answered; `what` is picture or link, `text` the link's."""

    what: str
    text: str
    method: str
    status: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a reader plays: the tracking address, the mail, and what time and panel do.

    `wait` lets that much time pass; `show` is the sender's panel saying that it shows the mail.
    """

    tracking_url: str
    body: Body
    age: timedelta
    wait: Callable[[timedelta], None]
    show: Callable[[], None]


def play(reader: Reader, deed: Deed, scene: Scene) -> list[Fetched]:
    """Do the deed at this mail; what was fetched, in order. Raises Unavailable without the edge."""
    early = timedelta(seconds=reader.waits_s) - scene.age
    if early > timedelta():
        scene.wait(early)
    return [fetched for step in reader.of(deed) for fetched in _step(step, scene)]


def _step(step: Step, scene: Scene) -> Iterator[Fetched]:
    if step.after_s:
        scene.wait(timedelta(seconds=step.after_s))
    wanted = _wanted(step, scene.body)
    if wanted and step.heads_up:
        scene.show()
    what = "picture" if step.fetches is Fetches.PICTURES else "link"
    # One method over all before the next: a scanner looks at every link, then opens every one.
    for method in step.methods:
        for each in wanted:
            status = _led(scene.tracking_url, method, each.url, step)
            yield Fetched(what, each.text, method, status)


def _wanted(step: Step, body: Body) -> Sequence[Link]:
    if step.fetches is Fetches.PICTURES:
        return [Link(url, PIXEL_TEXT) for url in body.pictures]
    return body.links[:1] if step.fetches is Fetches.FIRST_LINK else body.links


def _led(tracking_url: str, method: str, url: str, step: Step) -> int:
    """The status in the end, of a page that asks again by itself too."""
    for _ in range(TRIES - 1):
        if (status := _ask(tracking_url, method, url, step)) != LATER:
            return status
        Event().wait(AGAIN_S)
    return _ask(tracking_url, method, url, step)


def _ask(tracking_url: str, method: str, url: str, step: Step) -> int:
    """The status of one request; a redirect is not followed, since the click is what was stored."""
    host, path = urlsplit(tracking_url), urlsplit(url).path
    kind = HTTPSConnection if host.scheme == "https" else HTTPConnection
    connection = kind(host.hostname or "", host.port, timeout=TIMEOUT_S)
    headers = {"User-Agent": step.agent, "X-Forwarded-For": step.address, **(step.headers or {})}
    try:
        connection.request(method, path, headers=headers)
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
    except (OSError, HTTPException):
        raise Unavailable("problems.edge_away") from None
    finally:
        connection.close()
