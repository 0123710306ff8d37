"""The SMTP session with a peer, on aiosmtpd: what it may do, and its mails to the post office."""

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from backend import clock
from backend.relay import counters
from backend.relay.courier import Courier, Sending
from backend.relay.intake import Gone, Room, read_content
from backend.relay.peers import Peers
from backend.relay.post import PostOffice
from backend.relay.smarthost import Smarthost
from backend.relay.trace import Arrival
from backend.tracking.stamping import MAX_RECIPIENTS

MAX_CONNECTIONS = 100
MAX_ADDRESS = 320  # RFC 5321 section 4.5.3.1: 64 + "@" + 255
_UNWANTED = re.compile(r"[\x00-\x20<>\x7f]")
_VOUCHED = re.compile(r"\sAUTH=\S+", re.IGNORECASE)
MAX_SIGN_INS = 5
MAX_COMMANDS = 100_000
COMMAND_S = 300  # RFC 5321 section 4.5.3.2.7
ANSWER_S = 1800  # while the smarthost thinks; the peer gives up on its own
STRANGER_S = 30  # in all, for who has not named a sender yet, whatever else is said meanwhile
HELD_MAILS = 8  # as many of the largest mails may be held in memory at once


@dataclass(slots=True)
class House:
    """What all sessions share."""

    peers: Peers
    smarthost: Smarthost
    office: PostOffice
    name: str
    max_bytes: int
    tls: SSLContext | None = None
    connections: int = 0
    work: set[asyncio.Task[str]] = field(default_factory=set)
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room(HELD_MAILS * self.max_bytes)

    def door(self) -> "Door":
        """A session for the next peer."""
        return Door(self, Handler(self))

    def begin(self, work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        """Start what has to come to its end, whether the peer is there or not."""
        task = asyncio.ensure_future(work)
        self.work.add(task)
        task.add_done_callback(self.work.discard)
        return task


class Handler:
    """aiosmtpd's hooks for one session."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.courier = Courier(house.smarthost)
        self._sending: asyncio.Task[str] | None = None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        """Say what we can do; AUTH only where there are users."""
        session.host_name = name
        await self.courier.reset()
        kept = [line for line in lines if self._house.peers.users or "AUTH" not in line]
        return [*kept[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 HELP"]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender from a peer that may hand us mail."""
        mail_from = "" if address == "<>" else address
        host = session.peer[0] if session.peer else ""
        if not self._house.peers.is_near(host) and not session.authenticated:
            return "530 5.7.0 Sign in first"
        if not _is_address(mail_from) and mail_from:
            return "553 5.1.7 This is not a mail address"
        if not self._house.peers.sends_for(mail_from):
            return "550 5.7.1 Mail of this sender is not taken here"
        await self.courier.reset()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Ask the smarthost, and hand its answer back."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients; send the rest in another mail"
        if not _is_address(address):
            return "553 5.1.3 This is not a mail address"
        reply = await self.courier.add(self._told(session, envelope), address)
        if reply.is_good:
            envelope.rcpt_tos.append(address)
        return str(reply)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Give the mail to the post office, and its answer back."""
        self._sending = self._house.begin(self._send(self._told(session, envelope), envelope))
        return await asyncio.shield(self._sending)  # what is taken is noted, come what may

    async def leave(self) -> str:
        """End the session with the smarthost, once a mail on its way has arrived there."""
        if self._sending is not None:
            await asyncio.wait([self._sending])
        await self.courier.close()
        return ""

    async def handle_RSET(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        """Forget what was begun, at the smarthost too."""
        await self.courier.reset()
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """An error of ours: the peer keeps the mail and tries again."""
        counters.ERRORS.inc()
        return f"451 4.3.0 Something went wrong here ({type(error).__name__}); try again later"

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        """Check a name and password."""
        is_login = isinstance(given, LoginPassword)
        is_known = is_login and self._house.peers.knows(given.login, given.password)
        return AuthResult(success=is_known, handled=False)

    def _told(self, session: Session, envelope: Envelope) -> Sending:
        mail_from = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
        is_utf8 = bool(envelope.smtp_utf8)
        arrival = Arrival.of(session, self._house.name, is_utf8=is_utf8)
        return Sending.of(mail_from, envelope.mail_options, arrival, is_utf8=is_utf8)

    async def _send(self, sending: Sending, envelope: Envelope) -> str:
        start = clock.monotonic()
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = list(envelope.rcpt_tos)
        reply = await self._house.office.send(self.courier, sending, recipients, content)
        is_taken, is_final = reply.is_good, reply.is_final
        answer = "accepted" if is_taken else "refused" if is_final else "deferred"
        counters.MAILS.labels(answer).inc()
        counters.SECONDS.observe(clock.monotonic() - start)
        return str(reply)


class Door(SMTP):
    """One peer's session; beyond `MAX_CONNECTIONS` at once the next is turned away."""

    def __init__(self, house: House, handler: Handler) -> None:
        self._house = house
        self._handler = handler
        self._is_counted = False
        self._is_stranger = True
        super().__init__(
            handler,
            data_size_limit=house.max_bytes,
            enable_SMTPUTF8=True,
            hostname=house.name,
            ident="ESMTP Telltale relay",
            tls_context=house.tls,
            timeout=COMMAND_S,
            authenticator=handler.sign_in,
            command_call_limit={"AUTH": MAX_SIGN_INS, "*": MAX_COMMANDS},
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the peer, or close the door with the line that says why."""
        if not self._is_counted:  # after STARTTLS it is called again
            if self._house.connections >= MAX_CONNECTIONS:
                assert isinstance(transport, asyncio.WriteTransport)
                transport.write(b"421 4.7.0 Too many connections; try again later\r\n")
                transport.close()
                return
            self._is_counted = True
            self._house.connections += 1
            counters.CONNECTIONS.set(self._house.connections)
        super().connection_made(transport)
        self._reset_timeout(STRANGER_S)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the peer out, and let its session with the smarthost end."""
        if self.session is None:
            return
        if self._is_counted:
            self._is_counted = False
            self._house.connections -= 1
            counters.CONNECTIONS.set(self._house.connections)
            self._house.begin(self._handler.leave())
        super().connection_lost(error)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Give the peer more time; aiosmtpd calls it for each command, a stranger's NOOP, too."""
        if duration is not None or not self._is_stranger:
            super()._reset_timeout(duration)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a sender's name; for whom a host vouches is passed over (RFC 4954 section 5)."""
        await super().smtp_MAIL(arg and _VOUCHED.sub("", arg))
        if self.envelope is not None and self.envelope.mail_from:
            self._is_stranger = False
            self._reset_timeout()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Read the mail and answer for it."""
        envelope, session = self.envelope, self.session
        if envelope is None or session is None or not envelope.rcpt_tos or arg:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Name recipients first")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with self._house.room.place() as place:
            try:
                content = await read_content(
                    self._reader, self._house.max_bytes, place, self._reset_timeout
                )
            except Gone:
                self._writer.transport.abort()
                return
            await self._answer(content, envelope, session)

    async def _answer(self, content: bytes | str, envelope: Envelope, session: Session) -> None:
        self.envelope = Envelope()  # the next mail's, whatever becomes of this one
        if isinstance(content, str):
            await self._handler.courier.reset()
            await self.push(content)
            return
        envelope.content = content
        self._reset_timeout(ANSWER_S)
        await self.push(await self._handler.handle_DATA(self, session, envelope))
        self._reset_timeout()


def _is_address(text: str) -> bool:
    return "@" in text and len(text) <= MAX_ADDRESS and not _UNWANTED.search(text)
