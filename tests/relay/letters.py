"""Mails that the relay's tests send, and what stands in those that come out."""

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from backend.db import rows

OURS = re.compile(r"http://127\.0\.0\.1:8001/([omcu])/([a-z2-7]{32})")
LINK = '<a href="https://example.com/a">A</a>'


def letter(body: str = LINK, *, message_id: str = "one", to: str = "carol@northwind.test") -> bytes:
    """A small HTML mail of alice's."""
    return (
        f"From: Alice <alice@ours.test>\r\nTo: {to}\r\nSubject: Offer\r\n"
        f"Message-ID: <{message_id}@ours.test>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>{body}\r\n"
    ).encode()


def html_of(raw: bytes) -> str:
    """The decoded HTML body of a mail."""
    part = next(part for part in parts(raw) if part.get_content_type() == "text/html")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(str(part.get_content_charset() or "ascii"))


def parts(raw: bytes) -> list[Message]:
    """Every part of a mail."""
    return list(BytesParser(policy=compat32).parsebytes(raw).walk())


def tokens(raw: bytes) -> list[tuple[str, str]]:
    """(kind, token) of each of our addresses in the body."""
    return OURS.findall(html_of(raw))


def unmarked(raw: bytes) -> bytes:
    """The mail without the line that the relay puts before one it has changed."""
    first, _, rest = raw.partition(b"\r\n")
    return rest if first.startswith(b"X-Telltale-Relay: ") else raw


def stamps() -> list[tuple[str, str, str, str]]:
    """(state, reason, sent_at_source, internet_message_id) of each stamp, oldest first."""
    return rows(
        "SELECT s.state, s.reason, s.sent_at_source, m.internet_message_id FROM stamp s"
        " JOIN email_message m ON m.id = s.message_id ORDER BY s.created_at, s.id"
    )
