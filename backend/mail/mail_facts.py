"""What the headers of a whole mail say of it: who writes to whom, about what, under which id."""

import re
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from backend.mail.address_list import Mailbox, read_addresses
from backend.mail.mime_headers import Headers

MAX_TEXT = 1_000

_ID = re.compile(r"<[^<>\s]{1,996}>")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class MailFacts:
    """`sender` is None where From names nobody or several; what no address can be is left out."""

    message_id: str
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    is_dkim_signed: bool
    is_automatic_reply: bool


def facts_of(headers: Headers) -> MailFacts:
    """Read the facts; it never fails."""
    writers = mailboxes(headers.first("from"))
    found_id = _ID.search(_text(headers.first("message-id")))
    automatic = _text(headers.first("auto-submitted")).strip().lower()
    return MailFacts(
        message_id=found_id[0] if found_id else "",
        sender=writers[0] if len(writers) == 1 else None,
        to=_all_of(headers, "to"),
        cc=_all_of(headers, "cc"),
        subject=readable(headers.first("subject")),
        is_dkim_signed=bool(headers.first("dkim-signature")),
        is_automatic_reply=automatic.startswith("auto-replied"),
    )


def mailboxes(value: bytes) -> tuple[Mailbox, ...]:
    """The addresses of a From, To or Cc; encoded words are decoded in names alone."""
    found = read_addresses(_text(value))
    return tuple(Mailbox(readable(each.name.encode()), each.address) for each in found)


def readable(value: bytes) -> str:
    """A header's text with its encoded words decoded, on one line, at most `MAX_TEXT` long."""
    raw = _text(value)[: 2 * MAX_TEXT]
    with suppress(HeaderParseError, ValueError, LookupError):  # then it is shown as it stands
        raw = str(make_header(decode_header(raw)))
    return one_line(raw, MAX_TEXT)


def one_line(text: str, most: int) -> str:
    """A stranger's text without what breaks lines or cannot be stored, at most so long."""
    return " ".join(_UNWANTED.sub(" ", text).split())[:most]


def _all_of(headers: Headers, name: str) -> tuple[Mailbox, ...]:
    found = (mailbox for value in headers.all(name) for mailbox in mailboxes(value))
    return tuple({mailbox.address: mailbox for mailbox in found}.values())


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
