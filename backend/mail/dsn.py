"""Bounces: which recipients a returned mail is about, with codes, reason and kind.

    read_bounces(mail) -> one Bounce a recipient, () for a mail that is no bounce

Reports of RFC 3464 are read by their fields, older forms by flufl.bounce. A delay is told, but is
no bounce; "delivered" and "relayed" are neither. A mail that bounces is never an auto-reply.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from flufl.bounce import all_failures

from backend.mail.address_list import read_addresses
from backend.mail.bounce_kind import enhanced_code, is_hard
from backend.mail.parsed import BROKEN, MESSAGE_ID, Parsed, parts_of, text_of

MAX_RECIPIENTS = 500
MAX_REASON = 500
MAX_WORDS = 20_000  # of the text for people; the original mail may follow it

# Where the returned mail begins in a bounce without a structure.
_ORIGINAL = re.compile(
    r"^-{3,} ?(?:below|original|forwarded|this is a copy|the header|returned|copy of|attached|\s*$)"
    r"|^original message|^message header|^received: |^>?return-path:|^the following text was",
    re.IGNORECASE | re.MULTILINE,
)
_SYSTEM = re.compile(r"mailer|postmaster|daemon|mail_?service|no-?reply|smtp|antivirus")
_RETURNED = re.compile(r"deliver|undeliver|non remis|returned|failure notice", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_ID_LINE = re.compile(rf"(?im)^>?\s*message-id:\s*({MESSAGE_ID.pattern})")
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class Action(StrEnum):
    """What became of the mail to one recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    COMPLAINED = "complained"  # RFC 5965, see backend.mail.feedback
    DISPLAYED = "displayed"  # RFC 8098
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient; `code` is the enhanced status code or "", `reason` the server's own words."""

    recipient: str
    action: Action
    code: str
    reason: str
    is_hard: bool


def read_bounces(mail: Parsed) -> tuple[Bounce, ...]:
    """What the mail says of each recipient, in its order; never raises."""
    if not mail.is_whole:
        return ()
    reported = {each.recipient: each for each in _reported(mail)}
    if not reported and _may_be_bounce(mail):
        reported = {each.recipient: each for each in _guessed(mail)}
    return tuple(reported.values())[:MAX_RECIPIENTS]


def original_ids(mail: Parsed) -> tuple[str, ...]:
    """Message ids that the bounce names: of the mail returned with it, then of its own headers."""
    found = [part.get("message-id") for part in _returned(mail.message)]
    ids = MESSAGE_ID.findall(" ".join(str(each) for each in found if each))
    in_text = _ID_LINE.findall(mail.text)
    return tuple(dict.fromkeys([*ids, *in_text, *mail.references, *mail.in_reply_to]))


def _reported(mail: Parsed) -> Iterator[Bounce]:
    words = _words(mail)
    for fields in _report_blocks(mail.message):
        recipient = _recipient(fields)
        action = str(fields.get("action", "")).strip().lower().split(" ")[0]
        if not recipient or not action.startswith(("failed", "delayed", "failure")):
            continue
        is_delayed = action.startswith("delayed")
        status = _tidy(fields.get("status"))
        diagnostic = _tidy(fields.get("diagnostic-code"))
        yield Bounce(
            recipient,
            Action.DELAYED if is_delayed else Action.FAILED,
            enhanced_code(status, diagnostic),
            (diagnostic or status)[:MAX_REASON],
            not is_delayed and is_hard(status, diagnostic, words),
        )


def _guessed(mail: Parsed) -> Iterator[Bounce]:
    try:
        delayed, failed = all_failures(mail.message)
    except BROKEN:
        return
    words = _words(mail)
    for addresses, action in ((failed, Action.FAILED), (delayed, Action.DELAYED)):
        for raw in sorted(addresses):
            recipient = _normal(raw.decode("latin-1") if isinstance(raw, bytes) else str(raw))
            if recipient:
                near = _around(words, recipient)
                yield Bounce(
                    recipient,
                    action,
                    enhanced_code("", near),
                    near[:MAX_REASON],
                    action is Action.FAILED and is_hard("", near, words),
                )


def _may_be_bounce(mail: Parsed) -> bool:
    """Whether it comes from nobody, from a mail system, or says so: people are not guessed at."""
    path = mail.header("return-path").lower()
    sender = mail.sender.address if mail.sender else ""
    return (
        path == "<>"
        or not sender
        or bool(_SYSTEM.search(f"{path} {sender.partition('@')[0]}"))
        or bool(_RETURNED.search(mail.subject))
        or mail.message.get_content_type() == "multipart/report"
    )


def _report_blocks(message: Message) -> Iterator[Message]:
    """The groups of fields of a delivery report that are about a recipient."""
    for part in _walk(message):
        if part.get_content_type() == "message/delivery-status":
            yield from filter(_names_recipient, parts_of(part))


def _walk(message: Message) -> Iterator[Message]:
    """Every part that is not within a returned mail."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(parts_of(part))


def _returned(message: Message) -> Iterator[Message]:
    for part in _walk(message):
        if part.get_content_type() == "message/rfc822":
            yield from parts_of(part)[:5]
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            found = re.search(r"(?im)^message-id:.*$", text_of(part)[:MAX_WORDS])
            if found:
                head = Message()
                head["message-id"] = found[0].partition(":")[2].strip()
                yield head


def _names_recipient(fields: Message) -> bool:
    return "final-recipient" in fields or "original-recipient" in fields


def _recipient(fields: Message) -> str:
    """The recipient as we wrote to it: the original one where it is told."""
    for name in ("original-recipient", "final-recipient"):
        value = _tidy(fields.get(name))
        found = _normal(value.partition(";")[2] or value)
        if found:
            return found
    return ""


def _normal(text: str) -> str:
    found = read_addresses(text.strip().removeprefix("rfc822;"))
    return found[0].address if found else ""


def _words(mail: Parsed) -> str:
    """The text for people, without the mail that came back."""
    text = mail.text[:MAX_WORDS] or re.sub(r"<[^>]{0,2000}>", " ", mail.html[:MAX_WORDS])
    found = _ORIGINAL.search(text)
    kept = text[: found.start()] if found else text
    return _SPACE.sub(" ", f"{mail.subject} {kept}")


def _around(words: str, recipient: str) -> str:
    """What stands behind the recipient's address, up to the next address."""
    at = words.lower().find(recipient)
    if at < 0:
        return ""
    rest = words[at + len(recipient) : at + 1_000]
    following = next(
        (each for each in _ADDRESS.finditer(rest) if each[0].lower() != recipient), None
    )
    return rest[: following.start() if following else 400].strip(" <>:.-")


def _tidy(value: object) -> str:
    return _SPACE.sub(" ", str(value if value is not None else "")[:2_000]).strip()
