"""A mail server that keeps the letters it is sent, but for those it is told to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from tests.waiting import LOOPBACK, free_port


@dataclass
class LetterBox:
    """What came in; it takes nothing for an address of `refused`, nor anything while full."""

    url: str
    taken: list[Any] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    is_full: bool = False

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take the address, or do not."""
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Keep the envelope."""
        if self.is_full:
            return "452 full"
        self.taken.append(envelope)
        return "250 taken"

    def letters(self) -> list[tuple[str, str, str]]:
        """Receiver, subject and text of each, by receiver."""
        found = []
        for each in self.taken:
            mail = message_from_bytes(each.content, policy=policy.default)
            found.append((each.rcpt_tos[0], str(mail["Subject"]), mail.get_content()))
        return sorted(found)


@contextmanager
def running() -> Iterator[LetterBox]:
    """A letter box that listens at its `url`, which is one for MAIL_URL."""
    port = free_port()
    box = LetterBox(f"smtp://{LOOPBACK}:{port}")
    controller = Controller(box, hostname=LOOPBACK, port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
