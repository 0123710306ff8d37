"""Real SMTP on both sides: a smarthost that answers as it is told, and the relay itself."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from backend.relay import server
from backend.settings import Settings
from tests.waiting import LOOPBACK


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the smarthost took."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes
    options: tuple[str, ...]
    is_encrypted: bool
    login: bytes | None


@dataclass(slots=True)
class Host:
    """A smarthost; `answers` holds what it says next to a verb, or to a verb with an address.

    `before` is called with each verb, in the smarthost's own event loop.
    """

    port: int = 0
    taken: list[Received] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    before: Callable[[str], Any] = lambda _verb: None
    sessions: int = 0

    def say(self, verb: str, *answers: str) -> None:
        """Answer the next ones to that verb like this."""
        self.answers.setdefault(verb, []).extend(answers)

    def recipients(self) -> list[tuple[str, ...]]:
        """Who got each of the mails."""
        return [mail.recipients for mail in self.taken]

    async def next(self, verb: str, address: str = "") -> str:
        """The answer that was laid down, or ""."""
        found = self.before(verb)
        if found is not None:
            await found
        for key in (f"{verb} {address}", verb):
            if self.answers.get(key):
                return self.answers[key].pop(0)
        return ""


class Handler:
    """aiosmtpd's hooks of the smarthost."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server, _session, envelope: Envelope, address, options
    ) -> str:
        answer = await self.host.next("MAIL")
        if not answer:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 2.1.0 sender fine"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server, _session, envelope: Envelope, address, _options
    ) -> str:
        answer = await self.host.next("RCPT", address)
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 recipient fine"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server, session: Session, envelope: Envelope
    ) -> str:
        answer = await self.host.next("DATA", " ".join(envelope.rcpt_tos))
        if answer:
            return answer
        self.host.taken.append(
            Received(
                mail_from=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=bytes(envelope.content or b""),
                options=tuple(envelope.mail_options),
                is_encrypted=session.ssl is not None,
                login=getattr(session, "login_data", None),
            )
        )
        return f"250 2.0.0 queued as {len(self.host.taken)}"


class LongLines(SMTP):
    """aiosmtpd refuses lines over 1,000 characters; smarthosts are more patient."""

    line_length_limit = 100_000

    async def smtp_DATA(self, arg):  # noqa: N802 - aiosmtpd's name
        """Welcome a mail, or say the goodbye that was laid down for it."""
        goodbye = await self.event_handler.host.next("WELCOME")
        if goodbye:
            await self.push(goodbye)
            self.transport.close()
        else:
            await super().smtp_DATA(arg)


@contextmanager
def smarthost(tls: SSLContext | None = None, most_bytes: int = 100_000_000) -> Iterator[Host]:
    """A smarthost while the block runs; with `tls` it takes STARTTLS and AUTH."""
    host = Host()

    def session() -> SMTP:
        host.sessions += 1
        return LongLines(
            Handler(host),
            enable_SMTPUTF8=True,
            data_size_limit=most_bytes,
            hostname="smarthost.test",
            tls_context=tls,
            authenticator=lambda *given: AuthResult(
                success=given[-1].password == b"open sesame",
                handled=False,  # it answers 535 itself
                auth_data=given[-1],
            ),
        )

    with _running(lambda: _listen(session)) as host.port:
        yield host


@contextmanager
def relay(settings: Settings, loop: Callable[[], Any] | None = None) -> Iterator[Settings]:
    """The relay of these settings while the block runs, in a thread of this process.

    Gives the settings with the port it listens on; `loop` makes the event loop it runs in.
    """
    house = server.house_of(settings)
    anywhere = settings.model_copy(update={"relay_port": 0})
    with _running(
        lambda: server.listen(anywhere, house), lambda: house.connections or house.work, loop
    ) as port:
        yield settings.model_copy(update={"relay_port": port})
    house.office.close()


async def _listen(session: Callable[[], SMTP]) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(session, LOOPBACK, 0)


@contextmanager
def _running(
    listen: Callable[[], Any],
    is_busy: Callable[[], Any] = lambda: False,
    loop: Callable[[], Any] | None = None,
) -> Iterator[int]:
    """Serve while the block runs; gives the port."""
    started, stop = threading.Event(), threading.Event()
    found: list[Any] = []

    def serve() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(_serve(listen, is_busy, (started, stop), found))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert started.wait(30), "it did not start"
        assert isinstance(found[0], int), found
        yield found[0]
    finally:
        stop.set()
        thread.join(30)


async def _serve(listen, is_busy, events, found) -> None:
    started, stop = events
    try:
        listening = await listen()
        found.append(listening.sockets[0].getsockname()[1])
    except BaseException as error:  # noqa: BLE001 (told to the test)
        found.append(error)
        started.set()
        return
    started.set()
    await asyncio.to_thread(stop.wait)
    listening.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(5):  # a session that its client has left ends a moment later
            while is_busy():
                await asyncio.sleep(0.01)
    current = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not current]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
