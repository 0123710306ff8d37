"""The RSGI application: from a path to an answer, with the hit stored in between.

    /o/<token>[.gif|.png|...]  /m/...   the pixel, whatever the token is
    /c/<token>                          302 to the stored target
    /u/<token>                          what a recipient can ask for
    /  /healthz  /metrics

Only a GET (on /u/ a POST) with a token of ours is a hit. A token ends at 32 characters; what
follows, an extension or the bracket that some mail program took for a part of the link, is not
looked at, except for .png. Query strings, Range and conditions are ignored.
"""

from asyncio import AbstractEventLoop, Future
from ipaddress import ip_address
from typing import Protocol

from backend import clock
from backend.edge import forms, pages
from backend.edge.answers import (
    GET_METHODS,
    GIF_ANSWER,
    Answer,
    allowed,
    other_method,
    pixel,
    redirect,
)
from backend.edge.arrivals import AddressFacts, Arrival, HitMaker, RequestHeaders
from backend.edge.pages import Face
from backend.edge.targets import Targets
from backend.edge.vitals import Vitals
from backend.edge.writer import Writer
from backend.errors import Invalid, TooLarge, Unavailable
from backend.settings import Settings
from backend.tracking import selfcookie
from backend.tracking.facts import Kind
from backend.tracking.hitlog import open_sink
from backend.tracking.linkbook import LinkReader
from backend.tracking.lists import SHIPPED
from backend.tracking.networks import Networks
from backend.tracking.tokens import TOKEN_LENGTH, TokenKeys

_TOKEN_START = 3
_TOKEN_END = _TOKEN_START + TOKEN_LENGTH


class Scope(Protocol):
    """What we use of granian's scope."""

    method: str
    path: str
    client: str
    headers: RequestHeaders


class Exchange(forms.Body, Protocol):
    """What we use of granian's HTTP protocol object."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send the answer."""


def create(settings: Settings) -> "Edge":
    """The edge of these settings; it takes the hit log's writer lock.

    Raises SettingsError if the log has a writer already.
    """
    networks = Networks.load(SHIPPED, settings.networks_dir, settings.country_db, settings.asn_db)
    return Edge(settings, networks)


class Edge:
    """One edge with its writer thread."""

    def __init__(self, settings: Settings, networks: AddressFacts) -> None:
        self._keys = TokenKeys(settings.secret)
        self._self_key = selfcookie.key_of(settings.secret)
        self._home = pages.home(Face.of(settings))
        self._vitals = Vitals()
        self._targets = Targets(LinkReader(settings.links_db), settings.drain_socket)
        self._writer = Writer(
            open_sink(settings), HitMaker(networks, settings.trusted_hops), self._vitals
        )
        self._routes = {
            "/o/": (Kind.OPEN, self._pixel),
            "/m/": (Kind.MARKER, self._pixel),
            "/c/": (Kind.CLICK, self._click),
            "/u/": (Kind.UNSUBSCRIBE, self._unsubscribe),
        }

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """Called by granian before the first request."""
        self._loop = loop
        self._writer.start(loop)

    def __rsgi_del__(self, _: AbstractEventLoop) -> None:
        """Called by granian after the last answer."""
        self._writer.stop()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        route = self._routes.get(scope.path[:_TOKEN_START])
        if route:
            answer = await route[1](scope, exchange, route[0])
        else:
            answer = self._other(scope)
        exchange.response_bytes(answer.status, answer.headers, answer.body)

    async def _pixel(self, scope: Scope, _: Exchange, kind: Kind) -> Answer:
        path, method = scope.path, scope.method
        if method == "GET":
            token = self._token(kind, path)
            if token:
                await self._stored(scope, kind, token)
            else:
                self._vitals.rejected += 1
        elif method != "HEAD":
            return other_method(method, kind)
        return pixel(path[_TOKEN_END:]) if len(path) > _TOKEN_END else GIF_ANSWER

    async def _click(self, scope: Scope, _: Exchange, kind: Kind) -> Answer:
        method = scope.method
        if method not in {"GET", "HEAD"}:
            return other_method(method, kind)
        token = self._token(kind, scope.path)
        if not token:
            self._vitals.rejected += method == "GET"
            return pages.no_such_page(kind)
        try:
            url = self._targets.known(token) or await self._missing(token)
        except Unavailable:
            return pages.try_again("link")
        if not url:
            self._vitals.dead_links += 1
            return pages.no_such_page(kind)
        if method == "GET":
            await self._stored(scope, kind, token, self._self_of(scope.headers))
        return redirect(url)

    async def _missing(self, token: str) -> str | None:
        self._vitals.link_misses += 1
        return await self._targets.ask_drain(token)

    async def _unsubscribe(self, scope: Scope, exchange: Exchange, kind: Kind) -> Answer:
        method = scope.method
        if method not in {"GET", "HEAD", "POST"}:
            return other_method(method, kind)
        token = self._token(kind, scope.path)
        if not token:
            self._vitals.rejected += method == "POST"
            return pages.no_such_page(kind)
        if method != "POST":
            return pages.choices()
        return await self._choose(scope, exchange, token)

    async def _choose(self, scope: Scope, exchange: Exchange, token: str) -> Answer:
        try:
            body = await forms.read_body(exchange)
        except TooLarge:
            return pages.too_large()
        except Invalid:
            return pages.not_chosen()
        action = forms.action_of(scope.headers.get("content-type") or "", body)
        if not action:
            return pages.not_chosen()
        is_stored = await self._stored(scope, Kind.UNSUBSCRIBE, token, {"action": action})
        return pages.chosen(action) if is_stored else pages.try_again("choice")

    def _other(self, scope: Scope) -> Answer:
        if scope.method not in {"GET", "HEAD"}:
            return allowed(GET_METHODS, 204 if scope.method == "OPTIONS" else 405)
        if scope.path == "/":
            return self._home
        if scope.path == "/healthz":
            return self._vitals.health()
        if scope.path == "/metrics" and _is_inside(scope):
            return self._vitals.metrics()
        return pages.no_such_page(None)

    def _token(self, kind: Kind, path: str) -> str | None:
        """The canonical token of ours that the path names, or None."""
        if path[_TOKEN_END : _TOKEN_END + 1].isalnum():
            return None
        return self._keys.check(kind, path[_TOKEN_START:_TOKEN_END])

    def _stored(
        self, scope: Scope, kind: Kind, token: str, own_facts: dict[str, str] | None = None
    ) -> "Future[bool]":
        """True once the hit is on the disk, False if the log could not take it."""
        stored: Future[bool] = self._loop.create_future()
        return self._writer.put(
            Arrival(kind, token, clock.now(), scope.client, scope.headers, stored, own_facts)
        )

    def _self_of(self, headers: RequestHeaders) -> dict[str, str] | None:
        for line in headers.get_all("cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == selfcookie.COOKIE:
                    user_id = selfcookie.read(self._self_key, value, clock.now())
                    return {"self": user_id} if user_id else None
        return None


def _is_inside(scope: Scope) -> bool:
    """Whether someone on our own network asks directly: the figures are not for the world."""
    if scope.headers.get("x-forwarded-for") is not None:
        return False
    address = ip_address(scope.client.rpartition(":")[0].strip("[]"))
    return address.is_loopback or address.is_private
