"""The playground's mail host: a real SMTP server that puts every mail into a local inbox.

It listens on the loopback address only, sends nothing on, and believes nothing: anyone on this
machine may connect.
"""

import asyncio
import logging
import signal
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from backend.errors import SettingsError, TooLarge
from backend.settings import Settings
from playground.inboxes import MAX_MAIL_BYTES, Inboxes

LOOPBACK = "127.0.0.1"
HOST_NAME = "playground.localhost"
MAX_RECIPIENTS = 100
MAX_ADDRESS = 320  # 64 + "@" + 255, source: RFC 5321 section 4.5.3.1 (October 2008)
MAX_CONNECTIONS = 50
IDLE_S = 30

log = logging.getLogger(__name__)


class Handler:
    """What happens to the mail that comes in."""

    def __init__(self, inboxes: Inboxes) -> None:
        self._inboxes = inboxes

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take any address there could be, up to so many."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients; send the rest in another mail"
        if "@" not in address or len(address) > MAX_ADDRESS or not address.isprintable():
            return "553 5.1.3 This is not a mail address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Put the mail into each recipient's inbox, with the lines a mail host adds."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            for address in envelope.rcpt_tos:
                self._inboxes.put(address, _trace(session, envelope, address) + content)
        except TooLarge as error:
            return f"452 4.3.1 {error.detail}"
        except OSError:  # the disk is full, the folder is gone
            log.exception("playground mail not stored")
            return "451 4.3.0 The mail could not be stored; try again later"
        log.info("playground mail stored", extra={"recipients": len(envelope.rcpt_tos)})
        return "250 2.0.0 Stored"


class Door(SMTP):
    """An SMTP session; beyond `MAX_CONNECTIONS` at once the next is turned away."""

    open_doors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, or close it with the line that says why."""
        Door.open_doors += 1
        if Door.open_doors > MAX_CONNECTIONS and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.7.0 Too many connections; try again later\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it out; one that was turned away never got a session."""
        Door.open_doors -= 1
        if self.transport is not None:
            super().connection_lost(error)


def main(settings: Settings) -> None:
    """Take mail on the settings' SMTP port until SIGTERM or SIGINT.

    Raises SettingsError if the port is taken.
    """
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes addresses there
    asyncio.run(_serve(settings))


async def listen(settings: Settings) -> asyncio.Server:
    """Start taking mail in the running event loop. Raises SettingsError if the port is taken."""
    handler = Handler(Inboxes.of(settings))
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            lambda: Door(
                handler,
                data_size_limit=MAX_MAIL_BYTES,
                enable_SMTPUTF8=True,
                hostname=HOST_NAME,
                ident="Telltale playground",
                timeout=IDLE_S,
                loop=loop,
            ),
            LOOPBACK,
            settings.smtp_port,
        )
    except OSError as error:
        raise SettingsError(
            f"SMTP_PORT: {LOOPBACK}:{settings.smtp_port} cannot be used ({error.strerror});"
            " stop what listens there, or set another port"
        ) from None


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):  # before anybody can tell that it is there
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    server = await listen(settings)
    await stop.wait()
    server.close()


def _trace(session: Session, envelope: Envelope, address: str) -> bytes:
    """Return-Path and Delivered-To, as a host adds them at the end of a mail's way (RFC 5321)."""
    path = (envelope.mail_from or "").strip("<>")  # aiosmtpd gives nobody's as <>
    lines = (f"Return-Path: <{path}>", f"Delivered-To: {address}")
    peer = f"Received: from [{session.peer[0] if session.peer else ''}] by {HOST_NAME}"
    text = "".join(f"{_one_line(line)}\r\n" for line in (*lines, peer))
    return text.encode("utf-8", "replace")


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
