"""A mail as it lies in a mailbox, read from its bytes: who, to whom, when, on what, and its text.

    parse(raw) -> Parsed

The standard library's parser is used where it can be trusted: hostile mail makes it raise half a
dozen errors or take minutes, so its size, parts and depth are bounded first and what it cannot read
is read from the headers alone (`is_whole` is False then). It never raises.
"""

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

from backend.mail.address_list import Mailbox, read_addresses

MAX_BYTES = 10_000_000  # the rest of a larger mail is attachments
MAX_HEADER_BYTES = 1_000_000
MAX_PARTS = 1_000
MAX_MULTIPARTS = 50
MAX_VALUE = 100_000  # characters of one header value
MAX_TEXT = 2_000_000  # characters of a body
MAX_REFERENCES = 200

# What the standard library was seen to raise on hostile mail (Python 3.11 to 3.14).
BROKEN = (
    MessageError,
    HeaderParseError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
)
# RFC 5322 section 3.6.4; in ASCII, and short enough for every index (PostgreSQL: 2,704 bytes).
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_NEWLINES = re.compile(r"[\r\n]+[ \t]*")
# No two of these look at the same text for the same "<": hostile HTML is nothing but these.
_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = re.compile(r"<(?:style|script)\b", re.IGNORECASE)
_SEEN_AGAIN = re.compile(r"</(?:style|script)\s{0,100}>", re.IGNORECASE)
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a mail says of itself. Ids with their brackets; times aware; addresses normalised."""

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    subject: str
    sent_at: datetime | None
    text: str
    html: str
    is_whole: bool
    message: Message = field(repr=False, compare=False)

    def header(self, name: str) -> str:
        """The first value of a header, decoded, without line breaks; "" without one."""
        return _value(next(iter(_raw(self.message, name)), ""))

    def content_type(self) -> str:
        """The whole mail's content type."""
        return _kind(self.message)

    def plain(self) -> str:
        """The text for people to read: the plain one, else the HTML without its tags."""
        return self.text if self.text.strip() else _TAG.sub(" ", _without_code(self.html))

    def has_header(self, name: str) -> bool:
        """Whether that header is there."""
        return name in self.message


def parse(raw: bytes) -> Parsed:
    """The mail. Whatever cannot be read is empty; nothing is raised."""
    message, is_whole = _read(raw)
    texts = dict(_texts(message)) if is_whole else {}
    return Parsed(
        message_id=next(iter(_ids(message, "message-id")), ""),
        in_reply_to=_ids(message, "in-reply-to"),
        references=_ids(message, "references"),
        sender=next(iter(_mailboxes(message, "from")), None),
        to=_mailboxes(message, "to"),
        cc=_mailboxes(message, "cc"),
        bcc=_mailboxes(message, "bcc"),
        subject=_value(next(iter(_raw(message, "subject")), "")),
        sent_at=_time(_value(next(iter(_raw(message, "date")), ""))),
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        is_whole=is_whole,
        message=message,
    )


def _read(raw: bytes) -> tuple[Message, bool]:
    raw = raw[:MAX_BYTES]
    if raw.count(b"\n--") <= MAX_PARTS and raw.lower().count(b"multipart/") <= MAX_MULTIPARTS:
        with suppress(*BROKEN):
            return email.message_from_bytes(raw), True
    try:
        return BytesHeaderParser().parsebytes(raw[:MAX_HEADER_BYTES]), False
    except BROKEN:
        return Message(), False


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    """The first plain and the first HTML text that are not attachments."""
    seen = set[str]()
    for part in _leaves(message):
        kind = _kind(part)
        if kind in {"text/plain", "text/html"} and kind not in seen and not _is_attached(part):
            seen.add(kind)
            yield kind, text_of(part)


def _without_code(html: str) -> str:
    """The HTML without its styles and scripts; one that does not end goes to the end."""
    kept, at = [], 0
    while start := _UNSEEN.search(html, at):
        kept.append(html[at : start.start()])
        end = _SEEN_AGAIN.search(html, start.end())
        at = end.end() if end else len(html)
    return " ".join([*kept, html[at:]])


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something, without those of a mail within the mail."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if not part.is_multipart():
            yield part
        elif part.get_content_maintype() == "multipart":
            waiting.extend(reversed(parts_of(part)))


def parts_of(part: Message) -> list[Message]:
    """What a part is made of; none for one that holds a text or a file, which is not read here."""
    # get_payload decodes such a one, and raises for a charset with a NUL in it.
    payload = part.get_payload() if part.is_multipart() else None
    if not isinstance(payload, list):
        return []
    return [each for each in payload if isinstance(each, Message)]


def text_of(part: Message) -> str:
    """A part's text by its charset, or by a guess where that is unknown; at most `MAX_TEXT`."""
    try:
        data = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
    except BROKEN:
        return ""
    if not isinstance(data, bytes):
        return ""
    try:
        text = data[: 4 * MAX_TEXT].decode(charset, "replace")
    except BROKEN:
        text = data[: 4 * MAX_TEXT].decode("latin-1")
    return _UNWANTED.sub("", text[:MAX_TEXT])


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except BROKEN:
        return ""


def _is_attached(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except BROKEN:
        return False


def _mailboxes(message: Message, name: str) -> tuple[Mailbox, ...]:
    # Names are read after the line is split: an encoded one may hold commas and addresses.
    line = ", ".join(map(_plain, _raw(message, name)[:20]))
    return tuple(Mailbox(_decoded(who.name), who.address) for who in read_addresses(line))


def _ids(message: Message, name: str) -> tuple[str, ...]:
    found = MESSAGE_ID.findall(_value(next(iter(_raw(message, name)), "")))
    return tuple(dict.fromkeys(found))[-MAX_REFERENCES:]


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text[:100])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except BROKEN:
        return None


def _raw(message: Message, name: str) -> list[str]:
    """Every value of a header as it stands: one may be UTF-8 although nothing says so."""
    return [value for known, value in message.raw_items() if known.lower() == name]


def _value(raw: str) -> str:
    """A header's value as text: encoded words read, on one line, without control characters."""
    return _decoded(_plain(raw))


def _plain(raw: str) -> str:
    text = raw[:MAX_VALUE].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _UNWANTED.sub("", _NEWLINES.sub(" ", text)).strip()


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    with suppress(*BROKEN):
        text = str(make_header(decode_header(text)))
    return _UNWANTED.sub("", _NEWLINES.sub(" ", text)).strip()
