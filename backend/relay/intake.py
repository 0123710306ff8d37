"""Reads the mail behind DATA from a peer, in large pieces (line by line took a third of its time).

Only CRLF.CRLF ends it. A mail with a lone CR or LF is refused: the next host may see another end
in it. Source: RFC 5321 section 2.3.8; CVE-2023-51764 (SMTP smuggling).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PIECE_S = 60  # for the next kilobyte (aiosmtpd's limit of its reader), or the end
MAIL_S = 1800  # for a whole mail, however slowly it comes

TOO_LARGE = "552 5.3.4 The mail is larger than what is taken here"
FULL = "452 4.3.1 Too much mail at once; try again later"
LONE = "550 5.6.0 A line ends in a lone CR or LF; lines end in CRLF"

_END = b"\r\n.\r\n"
MAX_BLANK = 1_000  # bytes of empty lines before a mail's first one; more is nobody's mail
_BEGUN = tuple(_END[:length] for length in range(1, len(_END)))


class Gone(Exception):
    """The peer is too slow, or has left."""


@dataclass(slots=True)
class Room:
    """How many bytes all sessions together may hold; mails beyond it are read and let go."""

    total: int
    held: int = 0

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """Where one mail is held, until the block ends."""
        place = Place(self)
        try:
            yield place
        finally:
            self.held -= place.taken


@dataclass(slots=True)
class Place:
    """The bytes that one mail takes up."""

    room: Room
    taken: int = 0

    def take(self, count: int) -> bool:
        """Whether there was room for so many more bytes."""
        if self.room.held + count > self.room.total:
            return False
        self.room.held += count
        self.taken += count
        return True


async def read_content(
    reader: asyncio.StreamReader, limit: int, place: Place, keep_alive: Callable[[], None]
) -> bytes | str:
    """The mail without its dots, or the answer that refuses it. Raises Gone.

    `keep_alive` is called for each piece. What the peer has sent behind the mail stays in `reader`.
    """
    try:
        async with asyncio.timeout(MAIL_S):
            return await _Intake(reader, limit, place, keep_alive).content()
    except TimeoutError:
        raise Gone from None


class _Intake:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        limit: int,
        place: Place,
        keep_alive: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._limit = limit
        self._place = place
        self._keep_alive = keep_alive
        self._held = bytearray(b"\r\n")  # so that a lone dot as first line is an end, too
        self._refusal = ""

    async def content(self) -> bytes | str:
        for _ in range(MAX_BLANK):  # an end may have begun before the first byte: byte by byte
            if self._held.endswith(_END) or not self._held.endswith(_BEGUN):
                break
            self._hold(await self._piece(self._reader.readexactly(1)))
        else:
            raise Gone
        while not self._held.endswith(_END):
            self._hold(await self._piece(self._reader.readuntil(_END)))
        return self._refusal or _undotted(bytes(self._held[: -len(_END) + 2]))

    async def _piece(self, reading: Awaitable[bytes]) -> bytes:
        """What comes next, never beyond the end: behind it stands what a pipelining peer says."""
        try:
            async with asyncio.timeout(PIECE_S):
                return await reading
        except asyncio.LimitOverrunError as here:
            return await self._reader.readexactly(here.consumed)
        except asyncio.IncompleteReadError:
            raise Gone from None

    def _hold(self, piece: bytes) -> None:
        self._keep_alive()
        if len(self._held) + len(piece) > self._limit + len(_END):
            self._refusal = self._refusal or TOO_LARGE
        elif not self._refusal and not self._place.take(len(piece)):
            self._refusal = FULL
        self._held += piece
        if self._refusal:
            del self._held[: -len(_END)]


def _undotted(held: bytes) -> bytes | str:
    pairs = held.count(b"\r\n")
    if held.count(b"\n") != pairs or held.count(b"\r") != pairs:
        return LONE
    return held.replace(b"\r\n.", b"\r\n")[2:]
