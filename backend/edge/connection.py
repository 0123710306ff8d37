"""One client's connection: bytes to requests, answers to bytes, one after the other.

httptools (llhttp) judges the requests, strictly, and calls back only when one is complete; what is
wanted of its head is then taken from the bytes (requests.py): a call for each header line took
longer than all the rest of the reading. Requests sent ahead wait for their turn, since answers go
out in the order of the questions; meanwhile nothing more is read.
"""

import asyncio
import re
from collections import deque
from typing import Protocol, cast

import httptools

from backend.edge.answers import Answer, bare
from backend.edge.requests import Request

HEAD_MAX = 65_536
HEADERS_MAX = 100
BODY_MAX = 4_096  # of a form
DISCARDED_MAX = 1_048_576  # of a larger body, so that its sender can read why it is refused

_BAD, _TOO_LONG, _TOO_MANY, _TOO_LARGE = map(bare, (400, 414, 431, 413))
_LATE = bare(408)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_METHOD = re.compile(rb"[A-Z]{1,20} /")
_EXPECTS = re.compile(rb"\nexpect:[ \t]*100-continue[ \t]*\r", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_BLANKS = b"\r\n"  # HTTP lets blank lines stand before a request
_NO_BLANK = re.compile(rb"[^\r\n]")


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
        *("_host", "_transport", "_peer", "_parser", "_head", "_has_body", "_body", "_body_size"),
        *("_queue", "_refusal", "_is_gone", "_is_last", "is_busy", "since"),
    )

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser = httptools.HttpRequestParser(self)
        self._head = b""  # of the request that is coming
        self._has_body = False
        self._body = b""
        self._body_size = 0
        self._queue: deque[Request] = deque()
        self._refusal = _BAD
        self._is_gone = self._is_last = False
        self.is_busy = False  # an answer is awaited
        self.since = host.tick  # when it last began or ended something

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
        if self._head:
            self._go_on(data)
        elif data := data.lstrip(_BLANKS):
            self.since = self._host.tick
            # One head and nothing else is the usual, and costs no copies.
            if 0 < data.find(_HEAD_END) == len(data) - len(_HEAD_END):
                self._end_head(data, data)
            else:
                self._go_on(data)

    def on_body(self, piece: bytes) -> None:
        """A piece of its body."""
        self._body_size += len(piece)
        if self._body_size > DISCARDED_MAX:
            self._refusal = _TOO_LARGE
            raise _Refused
        if self._body_size <= BODY_MAX:
            self._body += piece

    def on_message_complete(self) -> None:
        """All of it has come."""
        if self._is_last:
            return
        # Where a body ends the parser alone knows: what follows one is not read.
        self._is_last = self._has_body or not self._parser.should_keep_alive()
        body = self._body if self._body_size <= BODY_MAX else None
        request = Request(self._head, self._peer, self, body)
        self._head = b""
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
        is_last = self._is_last and not self._queue
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
        if self._head and not self._is_last:
            self._refuse(_LATE)
        self._transport.close()

    def _next(self) -> None:
        if self._queue and not self.is_busy:
            self.is_busy = True
            request = self._queue.popleft()
            if not self._queue:
                self._transport.resume_reading()
            self._host.handle(request)

    def _go_on(self, data: bytes) -> None:
        """Take a part of a head, several heads, or (a part of) a body."""
        if self._has_body:
            self._feed(data)
            return
        text, fed, start = self._head + data, len(self._head), 0
        while start < len(text) and not self._is_last:
            end = text.find(_HEAD_END, max(start, fed - len(_HEAD_END))) + len(_HEAD_END)
            if end < len(_HEAD_END):
                self._begin_head(text[start:], text[fed:])
                return
            if self._end_head(text[start:end], text[fed:end]):
                self._feed(text[end:])
                return
            more = _NO_BLANK.search(text, end)
            fed = start = more.start() if more else len(text)

    def _begin_head(self, head: bytes, piece: bytes) -> None:
        """Take a head that has come as far as this, of which `piece` is new."""
        self._head = head
        # A short one cannot have too many lines.
        if len(head) <= 4 * HEADERS_MAX or not (refusal := _refusal_of_head(head)):
            self._feed(piece)
        else:
            self._refuse(refusal)

    def _end_head(self, head: bytes, piece: bytes) -> bool:
        """Take the last piece of a head; true if a body follows, else its request is complete."""
        self._begin_head(head, piece)
        if not self._head or self._is_last:
            return False
        self._has_body = True
        if _EXPECTS.search(head):
            self._transport.write(_CONTINUE)
        return True

    def _feed(self, piece: bytes) -> None:
        try:
            self._parser.feed_data(piece)
        except (
            httptools.HttpParserUpgrade
        ):  # what follows is another protocol, which we do not speak
            self._is_last = True
            if not self.is_busy:
                self._transport.close()
        except httptools.HttpParserError as error:
            if not self._is_last:
                self._refuse(self._refusal_of(error))

    def _refusal_of(self, error: httptools.HttpParserError) -> Answer:
        is_method = isinstance(error, httptools.HttpParserInvalidMethodError)
        is_unknown = is_method and _METHOD.match(self._head)
        return self._host.unknown_method() if is_unknown else self._refusal

    def _refuse(self, answer: Answer) -> None:
        """Say why, and listen no more; the connection is closed when the client has read it."""
        self._is_last = True
        if not self.is_busy:
            self._transport.write(answer.wire(self._host.date, is_head=False, is_last=True))
            self._transport.write_eof()


def _refusal_of_head(head: bytes) -> Answer | None:
    """Why nobody should read on, or None."""
    if len(head) > HEAD_MAX:
        return _TOO_LONG if head.find(b"\r\n", 0, HEAD_MAX) < 0 else _TOO_MANY
    return _TOO_MANY if head.count(b"\n") > HEADERS_MAX + 2 else None
