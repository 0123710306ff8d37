"""The trace of a mail's way through us: the Received field that goes before all of it.

    Received: from <what the peer calls itself> ([<its address>])
            by <our name> with ESMTPS id <the mail's>;
            Sat, 28 Nov 2026 02:16:25 +0000

What a peer calls itself is written only where it is a name or an address by SMTP's own grammar, and
of a peer that has signed in nothing is told (decision 0053). A `for` could betray a blind copy.
Source: RFC 5321 sections 4.4, 4.1.2, 4.1.3 and 7.6; RFC 3848 and RFC 6531 section 4.3 (protocols).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiosmtpd.smtp import Session

from backend import clock
from backend.mail.mime_headers import MAX_BYTES
from backend.relay.peers import address_of

SIGNED_IN = "authenticated-user"  # RFC 5321 wants a `from`; for Mail-in-a-Box it is this word, too
ID_LENGTH = 16

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,255}}\Z){_LABEL}(?:\.{_LABEL})*")
_LITERAL = re.compile(r"\[(IPv6:)?([0-9A-F:.]{2,45})\]", re.IGNORECASE)
_END = re.compile(rb"(?:\A|\r\n)\r\n")
_RECEIVED = re.compile(rb"^received[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """From where a mail comes to us, by which protocol, and our name, as they are written."""

    source: str
    protocol: str
    name: str

    @classmethod
    def of(cls, session: Session, name: str, *, is_utf8: bool) -> "Arrival":
        """How the mails of a session arrive at the host of that name."""
        is_signed_in = bool(session.authenticated)
        protocol = "SMTP"
        if session.extended_smtp:
            protocol = "UTF8SMTP" if is_utf8 else "ESMTP"
            protocol += "S" * (session.ssl is not None) + "A" * is_signed_in
        return cls(SIGNED_IN if is_signed_in else _source(session), protocol, _own(name))

    def line(self, mail_id: str, at: datetime) -> bytes:
        """The field, with its line end; `mail_id` is of `ID_LENGTH` letters and digits."""
        return (
            f"Received: from {self.source}\r\n"
            f"\tby {self.name} with {self.protocol} id {mail_id};\r\n"
            f"\t{format_datetime(at)}\r\n"
        ).encode("ascii")

    def length(self) -> int:
        """How many bytes the field has, for every mail alike."""
        return len(self.line("0" * ID_LENGTH, clock.EPOCH))


def traces(content: bytes) -> list[bytes]:
    """The Received fields of a mail, of one whose headers are not clear, too."""
    end = _END.search(content, 0, MAX_BYTES)
    return _RECEIVED.findall(content, 0, end.start() if end else MAX_BYTES)


def _source(session: Session) -> str:
    address = _literal(address_of(session.peer[0] if session.peer else ""))
    return f"{_said(session.host_name or '') or address} ({address})"


def _said(name: str) -> str:
    """What a peer calls itself, "" if no host is called so."""
    if _DOMAIN.fullmatch(name):
        return name
    literal = _LITERAL.fullmatch(name)
    try:
        address = ip_address(literal[2] if literal else "")
    except ValueError:
        return ""
    is_tagged = bool(literal and literal[1])
    return _literal(address) if is_tagged == (address.version == 6) else ""


def _literal(address: IPv4Address | IPv6Address) -> str:
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"


def _own(name: str) -> str:
    """Our name; one that no host can have (`build_box`) with strokes in place of what is wrong."""
    if _DOMAIN.fullmatch(name):
        return name
    return "-".join(re.findall("[A-Za-z0-9]+", name))[:63].strip("-") or "localhost"
