"""Mails that the relay's tests send, and what stands in those that come out."""

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from backend.db import rows

OURS = re.compile(r"http://127\.0\.0\.1:8001/([omcu])/([a-z2-7]{32})")
# What RFC 5321 section 4.4 (with 4.1.2, 4.1.3, RFC 3848 and RFC 6531 section 4.3) lets us write.
_DOMAIN = (
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LITERAL = r"\[(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|IPv6:[0-9a-f:.]+)\]"
_FOLD = r"(?: |\r\n\t)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
TRACE = re.compile(
    rf"Received: from (?P<source>{_DOMAIN}|(?:{_DOMAIN}|{_LITERAL}) \({_LITERAL}\)){_FOLD}"
    rf"by (?P<name>{_DOMAIN}){_FOLD}with (?P<protocol>SMTP|(?:UTF8SMTP|ESMTP)S?A?){_FOLD}"
    rf"id (?P<id>[A-Za-z0-9]+);{_FOLD}"
    rf"(?P<date>{_DAY} {_MONTH} [0-9]{{4}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} \+0000)\r\n(?![ \t])"
)
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


def trace_of(raw: bytes) -> re.Match[str]:
    """The line that the relay has put before a mail, which must be there, and by the grammar."""
    found = TRACE.match(raw.decode("latin-1"))
    assert found, raw[:1000]
    assert all(len(line) < 998 for line in found[0].split("\r\n"))
    return found


def below(raw: bytes) -> bytes:
    """All of a mail that stands below the relay's trace."""
    return raw[trace_of(raw).end() :]


def unmarked(raw: bytes) -> bytes:
    """The mail without what the relay puts before one it has changed."""
    rest = below(raw)
    first, _, behind = rest.partition(b"\r\n")
    return behind if first.startswith(b"X-Telltale-Relay: ") else rest


def stamps() -> list[tuple[str, str, str, str]]:
    """(state, reason, sent_at_source, internet_message_id) of each stamp, oldest first."""
    return rows(
        "SELECT s.state, s.reason, s.sent_at_source, m.internet_message_id FROM stamp s"
        " JOIN email_message m ON m.id = s.message_id ORDER BY s.created_at, s.id"
    )
