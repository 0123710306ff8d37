"""The host that takes the mail from us: where it is, and a session with it.

Source: RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 6152 (8BITMIME), 1870 (SIZE).
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from backend.errors import SettingsError, Unavailable
from backend.relay.reply import Reply
from backend.settings import Settings

PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
CONNECT_S = 10
LONGEST_LINE = 4096  # RFC 5321 section 4.5.3.1.5 allows 512
MAX_LINES = 100
# RFC 5321 section 4.5.3.2: the answer to the whole mail may take five times the others'.
WHOLE_MAIL = 5

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """Where mail goes on to, and how we say who we are."""

    host: str
    port: int
    scheme: str
    user: str
    password: str = field(repr=False)
    ehlo: str = "localhost"
    timeout_s: float = 60
    context: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Smarthost":
        """The smarthost that the settings name. Raises SettingsError."""
        if not settings.relay_smarthost:
            raise SettingsError(_ADVICE)
        try:
            address = urlsplit(settings.relay_smarthost)
            port = address.port or PORTS[address.scheme]
        except (ValueError, KeyError):
            raise SettingsError(_ADVICE) from None
        if not address.hostname or address.path or address.query:
            raise SettingsError(_ADVICE)
        user, password = unquote(address.username or ""), unquote(address.password or "")
        if user and address.scheme == "smtp+plain" and not _is_here(address.hostname):
            raise SettingsError("RELAY_SMARTHOST: a password needs TLS; use smtp:// or smtps://")
        ca = settings.relay_smarthost_ca
        try:
            context = ssl.create_default_context(cafile=str(ca) if ca else None)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"RELAY_SMARTHOST_CA: {ca} cannot be read as PEM") from None
        return cls(
            host=address.hostname,
            port=port,
            scheme=address.scheme,
            user=user,
            password=password,
            ehlo=settings.relay_ehlo,
            timeout_s=settings.relay_timeout_s,
            context=context,
        )


_ADVICE = (
    "RELAY_SMARTHOST: must be smtp://[user:password@]host[:587] (STARTTLS), smtps://…[:465] or"
    " smtp+plain://host[:25] (no TLS)"
)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Link:
    """A session with the smarthost. Its verbs raise Unavailable when no answer comes in time."""

    def __init__(
        self, smarthost: Smarthost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._smarthost = smarthost
        self._reader = reader
        self._writer = writer
        self._offers: dict[str, str] = {}

    @classmethod
    async def open(cls, smarthost: Smarthost) -> "Link":
        """Connect, take up TLS and say who we are."""
        is_tls = smarthost.scheme == "smtps"
        connecting = asyncio.open_connection(
            smarthost.host,
            smarthost.port,
            ssl=smarthost.context if is_tls else None,
            limit=LONGEST_LINE,
        )
        link = cls(smarthost, *await _in_time(connecting, CONNECT_S))
        try:
            await link._introduce()
        except BaseException:
            link.abort()
            raise
        return link

    def offers(self, extension: str) -> bool:
        """Whether the smarthost has that extension."""
        return extension in self._offers

    def told_of(self, extension: str) -> str:
        """What the smarthost says about that extension, "" if nothing."""
        return self._offers.get(extension, "")

    async def command(self, line: str) -> Reply:
        """Send a command and return the answer."""
        self._writer.write(line.encode("utf-8", "surrogateescape") + b"\r\n")
        await _in_time(self._writer.drain(), self._smarthost.timeout_s)
        return await self._reply()

    async def content(self, head: bytes, content: bytes) -> Reply:
        """Send a whole mail after DATA was welcomed; the smarthost's verdict on it.

        The lines of `head` go before it; none of them begins with a dot.
        """
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        ending = b".\r\n" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n.\r\n"
        verdict = asyncio.ensure_future(self._reply(2 * WHOLE_MAIL))
        self._writer.write(b"".join((head, stuffed, ending)))  # the one copy of a large mail
        try:
            await _in_time(self._writer.drain(), WHOLE_MAIL * self._smarthost.timeout_s)
        except Unavailable:  # perhaps it has refused the mail in the middle of it, and left
            await asyncio.wait([verdict], timeout=1)
            if not verdict.done() or verdict.exception() or not verdict.result().is_final:
                verdict.cancel()
                raise
        return await verdict

    async def close(self) -> None:
        """Say goodbye, without waiting long for an answer."""
        with suppress(Unavailable):
            self._writer.write(b"QUIT\r\n")
            await _in_time(self._reader.readline(), 1)
        self.abort()

    def abort(self) -> None:
        """Let the connection go; a mail that is not ended is then none."""
        self._writer.transport.abort()

    async def _introduce(self) -> None:
        _expect(await self._reply(), 220)
        await self._greet()
        if self._smarthost.scheme == "smtp":
            await self._start_tls()
            await self._greet()
        if self._smarthost.user:
            await self._sign_in()

    async def _greet(self) -> None:
        reply = await self.command(f"EHLO {self._smarthost.ehlo}")
        _expect(reply, 250)
        pairs = (line.upper().partition(" ") for line in reply.lines[1:])
        self._offers = {name: values for name, _, values in pairs}

    async def _start_tls(self) -> None:
        if not self.offers("STARTTLS"):
            raise Unavailable("offers no STARTTLS")
        _expect(await self.command("STARTTLS"), 220)
        if await self._has_said_more():  # somebody slipped in an answer (RFC 3207, section 5)
            raise Unavailable("spoke before TLS had begun")
        context = self._smarthost.context or ssl.create_default_context()
        starting = self._writer.start_tls(context, server_hostname=self._smarthost.host)
        await _in_time(starting, CONNECT_S)

    async def _has_said_more(self) -> bool:
        with suppress(Unavailable):
            return bool(await _in_time(self._reader.read(1), 0))  # of what is here already
        return False

    async def _sign_in(self) -> None:
        name, secret = (each.encode() for each in (self._smarthost.user, self._smarthost.password))
        mechanisms = self.told_of("AUTH").split()
        if "PLAIN" in mechanisms or "LOGIN" not in mechanisms:
            token = b64encode(b"\0" + name + b"\0" + secret).decode()
            _expect(await self.command(f"AUTH PLAIN {token}"), 235)
            return
        _expect(await self.command("AUTH LOGIN"), 334)
        _expect(await self.command(b64encode(name).decode()), 334)
        _expect(await self.command(b64encode(secret).decode()), 235)

    async def _reply(self, patience: float = 1) -> Reply:
        lines: list[str] = []
        while len(lines) < MAX_LINES:
            reading = self._reader.readline()
            raw = await _in_time(reading, patience * self._smarthost.timeout_s)
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if (
                not raw.endswith(b"\n")
                or not line[:3].isdecimal()
                or line[3:4] not in {"", " ", "-"}
            ):
                raise Unavailable("ended the session")
            lines.append("".join(each if each.isprintable() else " " for each in line[4:]))
            if line[3:4] != "-":
                return Reply(int(line[:3]), tuple(lines))
        raise Unavailable("does not end its answer")


def _expect(reply: Reply, code: int) -> None:
    if reply.code != code:
        raise Unavailable(f"answered {reply.code}")


async def _in_time(waiting: Awaitable[_Found], seconds: float) -> _Found:
    try:
        async with asyncio.timeout(seconds):
            return await waiting
    except TimeoutError:
        raise Unavailable("does not answer in time") from None
    except ssl.SSLError as error:
        raise Unavailable(f"cannot be trusted ({error.reason or 'TLS'})") from None
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise Unavailable(f"cannot be reached ({type(error).__name__})") from None
