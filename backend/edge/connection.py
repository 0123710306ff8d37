"""One client's connection: bytes to requests, answers to bytes, one after the other.

httptools (llhttp) reads the requests, strictly. Requests sent ahead wait for their turn, since
answers go out in the order of the questions; meanwhile nothing more is read.
"""

import asyncio
import re
from collections import deque
from typing import Protocol, cast

import httptools

from backend.edge.answers import Answer, bare
from backend.edge.requests import READ, Request, path_of, take_header

HEAD_MAX = 65_536
HEADERS_MAX = 100
BODY_MAX = 4_096  # of a form
DISCARDED_MAX = 1_048_576  # of a larger body, so that its sender can read why it is refused

_BAD, _TOO_LONG, _TOO_MANY, _TOO_LARGE = map(bare, (400, 414, 431, 413))
_LATE = bare(408)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_METHOD = re.compile(rb"[A-Z]{1,20} /")


class Host(Protocol):
    """What a connection asks of its listener."""

    date: bytes  # the Date header's value, now
    tick: int  # seconds since the start, roughly

    def handle(self, request: Request) -> None:
        """Have it answered, now or later."""

    def joined(self, connection: "Connection") -> None:
        """It has begun."""

    def left(self, connection: "Connection") -> None:
        """It has ended."""

    def unknown_method(self) -> Answer:
        """The answer to a method that HTTP does not have."""


class _Refused(Exception):
    """The request goes no further."""


class Connection(asyncio.Protocol):
    """Reads and answers the requests of one client."""

    __slots__ = (
        *("_host", "_transport", "_peer", "_parser", "_target", "_headers", "_header_count"),
        *("_body", "_body_size", "_head_size", "_queue", "_refusal", "_is_gone", "_is_last"),
        *("is_busy", "since"),
    )

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request] = deque()
        self._refusal = _BAD
        self._is_gone = self._is_last = False
        self._head_size = 0
        self.is_busy = False  # an answer is awaited
        self.since = host.tick  # when it last began or ended something
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")  # None: it has hung up already
        self._peer = str(peer[0]) if peer else ""
        self._host.joined(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """The client has left; answers that are still awaited go nowhere."""
        self._is_gone = True
        self._queue.clear()
        self._host.left(self)

    def eof_received(self) -> bool:
        """The client says no more; it may still listen."""
        self._is_last = True
        return self.is_busy

    def pause_writing(self) -> None:
        """The client does not read its answers: then we do not read its questions."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if not self._queue:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._is_last:
            return
        try:
            self._parser.feed_data(data)
        except (
            httptools.HttpParserUpgrade
        ):  # what follows is another protocol, which we do not speak
            self._is_last = True
            if not self.is_busy:
                self._transport.close()
        except httptools.HttpParserError as error:
            self._refuse(self._refusal_of(error, data))
        else:
            if self._target is not None:
                self._watch_size(len(data))

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target: bytes | None = b""
        self._headers: dict[str, str] = {}
        self._header_count = 0
        self._body = b""
        self._body_size = 0
        self.since = self._host.tick

    def on_url(self, piece: bytes) -> None:
        """A piece of its target."""
        self._target = self._target + piece if self._target else piece
        if len(self._target) > HEAD_MAX:
            raise self._refused(_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line."""
        self._header_count += 1
        known = READ.get(name.lower())
        if known:
            take_header(self._headers, known, value)

    def on_headers_complete(self) -> None:
        """Its head has come."""
        if self._header_count > HEADERS_MAX:
            raise self._refused(_TOO_MANY)
        self._head_size = 0
        if self._headers and self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, piece: bytes) -> None:
        """A piece of its body."""
        self._body_size += len(piece)
        if self._body_size > DISCARDED_MAX:
            raise self._refused(_TOO_LARGE)
        if self._body_size <= BODY_MAX:
            self._body += piece

    def on_message_complete(self) -> None:
        """All of it has come."""
        parser = self._parser
        request = Request(
            parser.get_method().decode(),
            path_of(self._target or b""),
            self._headers,
            self._peer,
            self,
            self._body if self._body_size <= BODY_MAX else None,
            not parser.should_keep_alive(),
        )
        self._target = None
        if self.is_busy or self._queue:
            self._queue.append(request)
            self._transport.pause_reading()
        else:
            self.is_busy = True
            self._host.handle(request)

    def answer(self, request: Request, answer: Answer) -> None:
        """Send the answer, and see to what was asked meanwhile."""
        self.is_busy = False
        if self._is_gone or self._transport.is_closing():
            return
        self.since = self._host.tick
        is_last = request.is_last or (self._is_last and not self._queue)
        self._transport.write(
            answer.wire(self._host.date, is_head=request.method == "HEAD", is_last=is_last)
        )
        if is_last:
            self._transport.close()
        elif self._queue:
            # Not at once: many requests sent ahead would be as many calls deep.
            asyncio.get_running_loop().call_soon(self._next)

    def finish(self) -> None:
        """End it, after the answers that are awaited."""
        self._is_last = True
        if not self.is_busy and not self._queue:
            self._transport.close()

    def time_out(self) -> None:
        """End it: nothing has come of it for long."""
        if self._target and not self._is_last:
            self._refuse(_LATE)
        self._transport.close()

    def _next(self) -> None:
        if self._queue and not self.is_busy:
            self.is_busy = True
            request = self._queue.popleft()
            if not self._queue:
                self._transport.resume_reading()
            self._host.handle(request)

    def _watch_size(self, size: int) -> None:
        """A head that comes in pieces is no longer than one that comes at once."""
        if self._body_size:
            return
        self._head_size += size
        if self._head_size > HEAD_MAX + BODY_MAX:
            self._refuse(_TOO_MANY if self._header_count else _TOO_LONG)

    def _refused(self, answer: Answer) -> _Refused:
        self._refusal = answer
        return _Refused()

    def _refusal_of(self, error: httptools.HttpParserError, data: bytes) -> Answer:
        is_method = isinstance(error, httptools.HttpParserInvalidMethodError)
        return self._host.unknown_method() if is_method and _METHOD.match(data) else self._refusal

    def _refuse(self, answer: Answer) -> None:
        """Say why, and listen no more; the connection is closed when the client has read it."""
        self._is_last = True
        if not self.is_busy:
            self._transport.write(answer.wire(self._host.date, is_head=False, is_last=True))
            self._transport.write_eof()
