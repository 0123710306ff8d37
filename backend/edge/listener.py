"""The edge's HTTP/1.1 listener: a socket, its connections, their time limits, and their end."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from functools import partial

from backend import clock
from backend.edge.answers import GET_METHODS, Answer, allowed
from backend.edge.connection import Connection
from backend.edge.requests import Request

BACKLOG = 4_096
# uvloop lets in one client a turn at each socket that it listens on, and a turn with a hit is a
# commit: by one socket, clients that do not come back (a proxy without keep-alive) had one each.
DOORS = 16
# A request, or the wait for the next one, may last so long.
IDLE_S = 10
# So long may answers that are awaited take when the edge is told to end.
END_S = 5.0
TICK_S = 1.0


class Listener:
    """Hands the requests of each turn of the loop to `answer`, which answers them now or later.

    Together: what each of them needs of the program then still lies near. One by one, between
    the readings of the sockets, the same took a tenth longer.
    """

    def __init__(self, answer: Callable[[Sequence[Request]], None]) -> None:
        self._answer = answer
        self._asked: list[Request] = []
        self._loop = asyncio.get_running_loop()
        self.tick = 0
        self.date = _date()
        self._connections: set[Connection] = set()

    async def serve(self, host: str, port: int) -> None:
        """Listen until SIGTERM or SIGINT comes; what was asked by then is answered."""
        is_over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, is_over.set)
        servers = await self._open(host, port)
        gc.freeze()  # what is there now stays: the collector need not walk over it
        ticking = asyncio.create_task(self._tick())
        await is_over.wait()
        for server in servers:
            server.close()
        await self._finish()
        ticking.cancel()

    def handle(self, request: Request) -> None:
        """A request has come."""
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.append(request)

    def joined(self, connection: Connection) -> None:
        """A client has come."""
        self._connections.add(connection)

    def left(self, connection: Connection) -> None:
        """A client has gone."""
        self._connections.discard(connection)

    def unknown_method(self) -> Answer:
        """405 with the methods that there are."""
        return allowed(GET_METHODS, 405)

    def _hand_over(self) -> None:
        asked, self._asked = self._asked, []
        self._answer(asked)

    async def _open(self, host: str, port: int) -> list[asyncio.Server]:
        """Servers that all listen on the one socket (one for each address that the host has)."""
        listen = partial(self._loop.create_server, lambda: Connection(self), backlog=BACKLOG)
        first = await listen(host, port, reuse_address=True)
        again = [
            await listen(sock=socket.socket(fileno=os.dup(one.fileno())))
            for one in first.sockets
            for _ in range(DOORS - 1)
        ]
        return [first, *again]

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick += 1
            self.date = _date()
            late = self.tick - IDLE_S
            for one in [one for one in self._connections if one.since < late and not one.is_busy]:
                one.time_out()

    async def _finish(self) -> None:
        for connection in list(self._connections):
            connection.finish()
        end = clock.monotonic() + END_S
        while any(one.is_busy for one in self._connections) and clock.monotonic() < end:
            await asyncio.sleep(0.01)


def _date() -> bytes:
    return format_datetime(clock.now(), usegmt=True).encode()
