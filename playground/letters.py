"""A stored mail taken apart for showing, however broken or hostile it is.

Python's parser raises on some mails (IndexError, ValueError, LookupError, RecursionError and more):
such a mail is shown as the text it is.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

MAX_HEADERS = 200
MAX_HEADER = 2_000
MAX_PARTS = 200
MAX_SHOWN = 2_000_000  # characters of a body
SUMMARY = ("From", "To", "Cc", "Subject", "Date")

_PARSER_ERRORS = (
    ValueError,
    LookupError,
    RecursionError,
    TypeError,
    AttributeError,
    AssertionError,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """Headers in their order, and the bodies it has; without any, `text` is the mail as it came."""

    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str | None

    def header(self, name: str) -> str:
        """The first header of that name, or ""."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known.lower() == wanted), "")


def parse(content: bytes) -> Letter:
    """The letter in a mail's bytes; never raises."""
    try:
        message = BytesParser(policy=compat32).parsebytes(content)
        bodies = _bodies(message)
        return Letter(tuple(_headers(message)), bodies.get("text/html"), bodies.get("text/plain"))
    except _PARSER_ERRORS:
        return Letter((), None, content.decode("utf-8", "replace")[:MAX_SHOWN])


def head(content: bytes) -> dict[str, str]:
    """Each header of SUMMARY that there is, without a look at the body; never raises."""
    try:
        message = BytesParser(policy=compat32).parsebytes(content, headersonly=True)
        return {name: _readable(message[name]) for name in SUMMARY if message[name]}
    except _PARSER_ERRORS:
        return {}


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.items()[:MAX_HEADERS]:
        yield name[:MAX_HEADER], _readable(value)


def _readable(value: object) -> str:
    raw = str(value)[:MAX_HEADER]
    with suppress(*_PARSER_ERRORS):  # an encoded word that cannot be decoded is shown as it stands
        raw = str(make_header(decode_header(raw)))
    return " ".join(raw.encode("utf-8", "replace").decode().split())


def _bodies(message: Message) -> dict[str, str]:
    """The first body of each kind that is not an attachment."""
    found: dict[str, str] = {}
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            break
        kind = part.get_content_type()
        is_body = kind in {"text/html", "text/plain"} and not part.is_multipart()
        if is_body and kind not in found and part.get_content_disposition() != "attachment":
            found[kind] = _decoded(part)
    return found


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        text = raw.decode(charset, "replace")
    except (LookupError, ValueError):  # a charset nobody knows, or a codec that is no charset
        text = raw.decode("utf-8", "replace")
    return text[:MAX_SHOWN].encode("utf-8", "replace").decode()
