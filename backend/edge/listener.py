"""The edge's HTTP/1.1 listener: a socket, its connections, their time limits, and their end."""

import asyncio
import gc
import signal
from collections.abc import Callable
from email.utils import format_datetime

from backend import clock
from backend.edge.answers import GET_METHODS, Answer, allowed
from backend.edge.connection import Connection
from backend.edge.requests import Request

BACKLOG = 4_096
# A request, or the wait for the next one, may last so long.
IDLE_S = 10
# So long may answers that are awaited take when the edge is told to end.
END_S = 5.0
TICK_S = 1.0


class Listener:
    """Hands every request to `answer`, which answers it now or later."""

    def __init__(self, answer: Callable[[Request], None]) -> None:
        self.handle = answer
        self.tick = 0
        self.date = _date()
        self._connections: set[Connection] = set()

    async def serve(self, host: str, port: int) -> None:
        """Listen until SIGTERM or SIGINT comes; what was asked by then is answered."""
        loop = asyncio.get_running_loop()
        is_over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, is_over.set)
        server = await loop.create_server(
            lambda: Connection(self), host, port, backlog=BACKLOG, reuse_address=True
        )
        gc.freeze()  # what is there now stays: the collector need not walk over it
        ticking = asyncio.create_task(self._tick())
        await is_over.wait()
        server.close()
        await self._finish()
        ticking.cancel()

    def joined(self, connection: Connection) -> None:
        """A client has come."""
        self._connections.add(connection)

    def left(self, connection: Connection) -> None:
        """A client has gone."""
        self._connections.discard(connection)

    def unknown_method(self) -> Answer:
        """405 with the methods that there are."""
        return allowed(GET_METHODS, 405)

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
