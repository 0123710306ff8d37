"""What a report says of a mail of ours besides bounces: a complaint, a receipt; and who opts out.

Complaints are RFC 5965 (ARF), receipts RFC 8098 (MDN). A receipt is what the reader's program says:
that it displayed the mail, or that it was deleted without being displayed; never that anybody read.
"""

import re
from collections.abc import Iterator
from email.message import Message
from itertools import takewhile

from backend.mail.address_list import read_addresses
from backend.mail.dsn import MAX_RECIPIENTS, Action, Bounce
from backend.mail.parsed import MESSAGE_ID, Parsed, parts_of

# Source: RFC 5965 section 7.3 and RFC 6430: these say the opposite, or nothing of the recipient.
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure", "dmarc"})
_DISPOSITIONS = {"displayed": Action.DISPLAYED, "deleted": Action.DELETED}  # RFC 8098, 3.2.6.2
# Whole answers that ask to be left alone; anything longer is for a person to judge.
_OPT_OUT = frozenset({
    "unsubscribe", "please unsubscribe", "unsubscribe me", "please unsubscribe me", "opt out",
    "remove me", "please remove me", "remove", "stop", "abmelden", "bitte abmelden", "abbestellen",
    "bitte austragen", "austragen", "keine e-mails mehr", "keine mails mehr", "stopp",
    "désabonner", "désinscription", "darse de baja", "baja",
})  # fmt: skip
# Where a quote begins: its mark, the line before it, or the head that Outlook puts there.
_QUOTE = re.compile(
    r"\s*(?:>|-{2,}|_{5,}|(?:from|von|de)\s*:"
    r"|(?:on|am|le|el)\s.{0,200}(?::\s*$|<\S{1,320}@|\d{4}.{0,40}\d:\d\d))",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:(?:re|aw|antw|wg|fwd?|sv)\s*:\s*)+", re.IGNORECASE)


def read_complaint(mail: Parsed) -> tuple[Bounce, ...]:
    """Whose complaint it is, one each; an empty recipient where the report does not tell."""
    for fields in _fields(mail, "message/feedback-report"):
        kind = str(fields.get("feedback-type", "")).strip().lower()[:40]
        if kind in _NO_COMPLAINT:
            return ()
        told = [str(each) for each in fields.get_all("original-rcpt-to", [])]
        addresses = _addresses(", ".join(told)) or _only_one(_returned_to(mail)) or [""]
        return tuple(
            Bounce(address, Action.COMPLAINED, kind, "", is_hard=False)
            for address in addresses[:MAX_RECIPIENTS]
        )
    return ()


def read_receipt(mail: Parsed) -> tuple[Bounce, ...]:
    """What the reader's program says of the mail; () for what says nothing of a reader."""
    for fields in _fields(mail, "message/disposition-notification"):
        disposition = str(fields.get("disposition", "")).partition(";")[2].strip().lower()
        action = _DISPOSITIONS.get(re.split(r"[/,\s]", disposition)[0])
        recipient = str(fields.get("final-recipient", "")).partition(";")[2]
        found = _addresses(recipient) or ([mail.sender.address] if mail.sender else [])
        if action and found:
            return (Bounce(found[0], action, "", "", is_hard=False),)
    return ()


def original_ids(mail: Parsed) -> tuple[str, ...]:
    """The Message-ID that a receipt names as what it is about."""
    found = [
        str(fields.get("original-message-id", ""))[:2_000]
        for fields in _fields(mail, "message/disposition-notification")
    ]
    return tuple(MESSAGE_ID.findall(" ".join(found)))


def asks_to_stop(mail: Parsed) -> bool:
    """Whether all that somebody wrote above the quote, else the subject, asks to be left alone."""
    written = " ".join(takewhile(_is_written, mail.plain()[:2_000].splitlines())).strip()
    return _bare(written or _PREFIX.sub("", mail.subject)) in _OPT_OUT


def _is_written(line: str) -> bool:
    return _QUOTE.match(line) is None


def _bare(text: str) -> str:
    return " ".join(text.lower().strip(" .!\"'*_-").split())


def _fields(mail: Parsed, kind: str) -> Iterator[Message]:
    """The fields of the report's parts of that kind."""
    for part, inner in _parts(mail):
        if part.get_content_type() == kind:
            yield inner


def _only_one(addresses: list[str]) -> list[str]:
    """Whoever complained is one: of several addresses it is unknown which."""
    return addresses if len(addresses) == 1 else []


def _returned_to(mail: Parsed) -> list[str]:
    """Whom the returned mail went to."""
    for part, inner in _parts(mail):
        if part.get_content_type() == "message/rfc822":
            return _addresses(str(inner.get("to", "")))
    return []


def _parts(mail: Parsed) -> Iterator[tuple[Message, Message]]:
    """The report's parts that hold fields or a mail, each with what it holds."""
    for part in parts_of(mail.message) if mail.is_whole else ():
        for inner in parts_of(part)[:1]:
            yield part, inner


def _addresses(text: str) -> list[str]:
    return [each.address for each in read_addresses(text[:100_000])]
