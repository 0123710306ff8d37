"""A mail as Gmail writes it, and its way out: by the relay where Gmail's mail passes one."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid

from backend import clock
from backend.errors import Invalid
from backend.mail.link_text import visible_text
from backend.settings import Settings
from playground.client import deliver
from playground.inboxes import canonical
from playground.outgoing import MAX_RECIPIENTS, Sender
from playground.samples import Someone

HOST_NAME = "mail.gmail.localhost"
# What email.headerregistry's parser raises on odd addresses and subjects.
_NO_ADDRESS = (ValueError, LookupError, HeaderParseError)
_TO = ("to", "cc", "bcc")
_BCC = re.compile(rb"^bcc:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(rb"\r?\n")
_END_OF_HEADERS = re.compile(rb"(?:\A|\n)\r?\n")


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose mail it is."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class GmailDraft:
    """What a compose window of Gmail's holds."""

    to: str
    subject: str
    html: str

    def recipients(self) -> list[Address]:
        """Whom it goes to, each once. Raises Invalid for none, too many, or no addresses."""
        return recipients_in([self.to.replace(";", ",")])

    def named_so_far(self) -> list[Address]:
        """Those of the addresses that are complete already: a draft is kept as it is."""
        with suppress(Invalid):
            return addresses_in([self.to.replace(";", ",")])[:MAX_RECIPIENTS]
        return []


def recipients_in(lines: Sequence[str]) -> list[Address]:
    """Whom these header lines name. Raises Invalid for none, too many, or no addresses."""
    found = addresses_in(lines)
    if not 0 < len(found) <= MAX_RECIPIENTS:
        raise Invalid("problems.play_recipients", most=MAX_RECIPIENTS)
    return found


def addresses_in(lines: Sequence[str]) -> list[Address]:
    """Every address in these header lines, each once. Raises Invalid for what is none."""
    found: dict[str, Address] = {}
    try:
        for name, address in getaddresses(lines):
            if address:
                found.setdefault(address.lower(), Address(name, addr_spec=address))
    except _NO_ADDRESS:
        raise Invalid("problems.bad_address") from None
    return list(found.values())


def send(draft: GmailDraft, sender: Sender, settings: Settings) -> str:
    """Send it to everybody, keep a copy in the sender's own mailbox; its Message-ID.

    Raises Invalid, or Unavailable when the mail host or the relay is away.
    """
    recipients = draft.recipients()
    mail = written(draft, sender, recipients)
    _hand_on(mail, sender.email, recipients, settings)
    return str(mail["Message-ID"])


def send_raw(raw: bytes, email: str, settings: Settings) -> str:
    """Send a mail's bytes, its Bcc line taken out; the Message-ID. Raises as `send`.

    Lines that end in LF alone, as a program's may, get their CR: SMTP takes no others.
    """
    raw = _LINE_END.sub(b"\r\n", raw)
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    lines = [str(line) for name in _TO for line in mail.get_all(name, [])]
    _hand_on(without_bcc(raw), email, recipients_in(lines), settings)
    return str(mail["Message-ID"] or "")


def without_bcc(raw: bytes) -> bytes:
    """The mail as it leaves: its Bcc lines gone, every other byte as it was."""
    end = _END_OF_HEADERS.search(raw)
    at = end.end() if end else len(raw)
    return _BCC.sub(b"", raw[:at]) + raw[at:]


def arrive(who: Someone, email: str, subject: str, html: str, settings: Settings) -> None:
    """Deliver a mail that somebody has written to this address. Raises as `send`."""
    to = addresses_in([email])
    mail = written(GmailDraft(email, subject, html), Writer(who.address, who.name), to)
    deliver(settings.smtp_port, who.address, [([email], mail)])


def written(
    draft: GmailDraft, sender: Sender, recipients: list[Address], message_id: str = ""
) -> EmailMessage:
    """The draft as MIME: text beside HTML, in UTF-8 and quoted-printable."""
    mail = EmailMessage()
    try:
        mail["From"] = Address(sender.name, addr_spec=sender.email)
        if recipients:
            mail["To"] = recipients
        mail["Subject"] = draft.subject
    except _NO_ADDRESS:
        raise Invalid("problems.bad_header") from None
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id or make_msgid(domain=HOST_NAME)
    html = f'<div dir="ltr">{draft.html}</div>'
    mail.set_content(visible_text(html, 0, len(html)), cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def _hand_on(
    mail: EmailMessage | bytes, email: str, recipients: list[Address], settings: Settings
) -> None:
    # Gmail keeps in Sent what was written, one copy also where it is to oneself; what the relay
    # makes of it only the others get.
    deliver(settings.smtp_port, email, [([email], mail)])
    others = [who.addr_spec for who in recipients if canonical(who.addr_spec) != canonical(email)]
    if others:
        deliver(_way_out(settings), email, [(others, mail)])


def _way_out(settings: Settings) -> int:
    return settings.relay_port if settings.gmail_relay else settings.smtp_port
