"""The edge's routes: from a request to an answer, with the hit stored in between.

    /o/<token>[.gif|.png|...]  /m/...   the pixel, whatever the token is
    /c/<token>                          302 to the stored target
    /u/<token>                          what a recipient can ask for
    /  /healthz  /metrics

Only a GET (on /u/ a POST) with a token of ours is a hit. A token ends at 32 characters; what
follows, an extension or the bracket that some mail program took for a part of the link, is not
looked at, except for .png. Query strings, Range and conditions are ignored.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from backend import clock
from backend.edge import forms
from backend.edge.answers import (
    GET_METHODS,
    Answer,
    allowed,
    bare,
    other_method,
    pixel,
    redirect,
)
from backend.edge.arrivals import AddressFacts, HitMaker
from backend.edge.listener import Listener
from backend.edge.pages import Face, Pages, in_every_language
from backend.edge.requests import Request
from backend.edge.targets import Targets
from backend.edge.vitals import Vitals
from backend.edge.writer import Writer
from backend.errors import Invalid, SettingsError, Unavailable
from backend.settings import Settings
from backend.tracking import selfcookie
from backend.tracking.facts import NOTHING, Kind
from backend.tracking.hitlog import open_sink
from backend.tracking.linkbook import LinkReader
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from backend.tracking.tokens import TOKEN_LENGTH, TokenKeys
from backend.words.choosing import SYSTEM, chosen

_FAILED = bare(500)
_TOKEN_START = 3
_TOKEN_END = _TOKEN_START + TOKEN_LENGTH

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Be the edge of these settings until a signal comes; it holds the hit log's writer lock.

    Raises SettingsError if the log has a writer already, or a file of networks cannot be used.
    """
    edge = Edge(settings, _networks(settings))
    edge.start()
    try:
        await Listener(edge.answer).serve(settings.host, settings.edge_port)
    finally:
        edge.stop()


def _networks(settings: Settings) -> Networks:
    folder, databases = settings.networks_dir, (settings.country_db, settings.asn_db)
    try:
        return Networks.load(SHIPPED, folder, *databases)
    except Invalid as error:
        raise SettingsError(f"{folder}: {error.detail}") from None


class Edge:
    """One edge with its writer."""

    def __init__(self, settings: Settings, networks: AddressFacts) -> None:
        self._keys = TokenKeys(settings.secret)
        self._self_key = selfcookie.key_of(settings.secret)
        self._pages = in_every_language(Face.of(settings))
        self._vitals = Vitals()
        self._targets = Targets(LinkReader(settings.links_db), settings.drain_socket)
        self._writer = Writer(
            open_sink(settings), HitMaker(networks, settings.trusted_hops), self._vitals
        )
        self._asking: set[asyncio.Task[None]] = set()
        self._routes = {
            "/o/": (Kind.OPEN, self._pixel),
            "/m/": (Kind.MARKER, self._pixel),
            "/c/": (Kind.CLICK, self._click),
            "/u/": (Kind.UNSUBSCRIBE, self._unsubscribe),
        }

    def start(self) -> None:
        """Begin to store. Called in the event loop."""
        self._writer.start(asyncio.get_running_loop())

    def stop(self) -> None:
        """Store what still waits, and give the log back."""
        self._writer.stop()

    def answer(self, requests: Sequence[Request]) -> None:
        """Answer these requests; those that are hits after a commit, which they share."""
        for request in requests:
            try:
                route = self._routes.get(request.path[:_TOKEN_START])
                if route:
                    route[1](request, route[0])
                else:
                    request.answer(self._other(request))
            except Exception:
                # What fails with one request must not cost the others their answers.
                log.exception("a request could not be answered")
                request.answer(_FAILED)
        self._writer.commit()

    def _pixel(self, request: Request, kind: Kind) -> None:
        path, method = request.path, request.method
        answer = pixel(path[_TOKEN_END:])
        if method == "GET":
            token = self._token(kind, path)
            # One that is not ours waits for a commit too: its time must not tell it apart.
            self._vitals.rejected += not token
            self._writer.put((request, kind, token, clock.now_micros(), answer, answer, None))
        else:
            request.answer(answer if method == "HEAD" else other_method(method, kind))

    def _click(self, request: Request, kind: Kind) -> None:
        method = request.method
        if method not in {"GET", "HEAD"}:
            request.answer(other_method(method, kind))
            return
        token = self._token(kind, request.path)
        url = self._targets.known(token) if token else None
        if url and token:
            self._redirect(request, token, url)
        elif token:
            asking = asyncio.create_task(self._ask_for(request, token))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
        else:
            self._vitals.rejected += method == "GET"
            request.answer(self._pages_of(request).gone(kind))

    async def _ask_for(self, request: Request, token: str) -> None:
        self._vitals.link_misses += 1
        try:
            url = await self._targets.ask_drain(token)
        except Unavailable:
            request.answer(self._pages_of(request).link_later)
            return
        if url:
            self._redirect(request, token, url)
        else:
            self._vitals.dead_links += 1
            request.answer(self._pages_of(request).gone(Kind.CLICK))

    def _redirect(self, request: Request, token: str, url: str) -> None:
        answer = redirect(url)
        if request.method == "GET":
            now, own_facts = clock.now_micros(), self._self_of(request)
            self._writer.put((request, Kind.CLICK, token, now, answer, answer, own_facts))
        else:
            request.answer(answer)

    def _unsubscribe(self, request: Request, kind: Kind) -> None:
        method = request.method
        if method not in {"GET", "HEAD", "POST"}:
            request.answer(other_method(method, kind))
            return
        token = self._token(kind, request.path)
        if not token:
            self._vitals.rejected += method == "POST"
            request.answer(self._pages_of(request).gone(kind))
        elif method == "POST":
            self._choose(request, token)
        else:
            request.answer(self._pages_of(request).choices)

    def _choose(self, request: Request, token: str) -> None:
        pages = self._pages_of(request)
        if request.body is None:
            request.answer(pages.too_large)
            return
        action = forms.action_of("".join(request.lines("content-type")[:1]), request.body)
        if not action:
            request.answer(pages.not_chosen)
            return
        answers = pages.chosen[action], pages.choice_later
        now, own_facts = clock.now_micros(), {"action": action}
        self._writer.put((request, Kind.UNSUBSCRIBE, token, now, *answers, own_facts))

    def _other(self, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD"}:
            return allowed(GET_METHODS, 204 if request.method == "OPTIONS" else 405)
        if request.path == "/":
            return self._pages_of(request).home
        if request.path == "/healthz":
            return self._vitals.health()
        if request.path == "/metrics" and _is_inside(request):
            return self._vitals.metrics()
        return self._pages_of(request).gone(None)

    def _pages_of(self, request: Request) -> Pages:
        """The pages in the reader's language; a pixel or a link that works never asks for them."""
        return self._pages[chosen(SYSTEM, ",".join(request.lines("accept-language")))]

    def _token(self, kind: Kind, path: str) -> str | None:
        """The canonical token of ours that the path names, or None."""
        if path[_TOKEN_END : _TOKEN_END + 1].isalnum():
            return None
        return self._keys.check(kind, path[_TOKEN_START:_TOKEN_END])

    def _self_of(self, request: Request) -> Mapping[str, str]:
        for pair in ";".join(request.lines("cookie")).split(";"):
            name, _, value = pair.strip().partition("=")
            if name == selfcookie.COOKIE:
                user_id = selfcookie.read(self._self_key, value, clock.now())
                return {"self": user_id} if user_id else NOTHING
        return NOTHING


def _is_inside(request: Request) -> bool:
    """Whether someone on our own network asks directly: the figures are not for the world."""
    if request.lines("x-forwarded-for") or not request.peer:
        return False
    address = ip_address(request.peer)
    return address.is_loopback or address.is_private
