"""Where a click token leads: the edge's own book first, then the drain, and never for long."""

import asyncio
import logging
from pathlib import Path

from backend.errors import Unavailable
from backend.tracking.linkbook import LinkReader

DEADLINE_S = 0.2
# More at once would only queue in the drain: the rest wait here, within their own deadline.
CONNECTIONS_MAX = 8
LINE_MAX = 65_536

log = logging.getLogger(__name__)


class Targets:
    """Finds the target of a link."""

    def __init__(self, book: LinkReader, drain_socket: Path) -> None:
        self._book = book
        self._drain_socket = str(drain_socket)
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)

    def known(self, token: str) -> str | None:
        """The target, if the edge's own book has it. Takes microseconds, blocks on no lock."""
        try:
            return self._book.get(token)
        except Unavailable as error:
            log.warning("links: %s", error.detail)
            return None

    async def ask_drain(self, token: str) -> str | None:
        """The target as the drain knows it; None if there is no such link.

        Raises Unavailable when the drain does not say within 200 ms.
        """
        try:
            async with asyncio.timeout(DEADLINE_S), self._places:
                line = await self._ask(token)
        except (OSError, ValueError, TimeoutError) as error:
            raise Unavailable("The drain does not answer for this link.") from error
        if not line.endswith(b"\n"):
            raise Unavailable("The drain could not look this link up.")
        return line.decode().rstrip("\n") or None

    async def _ask(self, token: str) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._drain_socket, limit=LINE_MAX)
        try:
            writer.write(f"{token}\n".encode())
            return await reader.readline()
        finally:
            writer.close()
