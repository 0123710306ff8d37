"""What comes back to a mail, as others' programs write it: answers, notices of absence, bounces.

Pure but for the time and the ids: the mail that is answered goes in, the bytes of another come out.
The headers are put together by the older half of Python's email package: the newer one reads each
value again, and raises on some that a stranger may have written.
"""

import html
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, make_msgid

from backend import clock
from backend.mail.addresses import domain_of
from backend.mail.parsed import parse
from backend.words import t
from playground.gmail_mail import Writer
from playground.outgoing import HOST_NAME

MAX_LINE = 300  # characters of a header's text
MAX_IDS = 20  # of a thread: its first mail, and the last ones
MAX_READ = 20_000  # characters of a text, and bytes of a head
QUOTED = 4  # lines
WIDTH = 72

_ANSWERED = re.compile(r"(?:re|aw)\s*:", re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Original:
    """A mail as it lies before whom it went to: `to` answers, `sender` gets the answer.

    `ids` are those of its thread, its own last ("" where it has none); `head` is what stands above
    its text.
    """

    to: Writer
    sender: Writer
    subject: str
    date: str
    ids: tuple[str, ...]
    text: str
    head: str

    @classmethod
    def of(cls, raw: bytes, to: Writer) -> "Original":
        """Never raises; a mail that says nothing of its sender has one without an address."""
        mail = parse(raw)
        found = mail.sender
        sender = Writer(found.address, one_line(found.name)) if found else Writer("", "")
        ids = (*mail.references, mail.message_id)
        text = html.unescape(mail.plain()[:MAX_READ])
        return cls(
            to=Writer(to.email, one_line(to.name)),
            sender=sender,
            subject=one_line(mail.subject),
            date=one_line(mail.header("date")) or format_datetime(clock.now()),
            ids=(*ids[:1], *ids[1:][-MAX_IDS:]),
            text=text,
            head=_END_OF_HEAD.split(raw[:MAX_READ], maxsplit=1)[0].decode("utf-8", "replace"),
        )


def answer(original: Original, language: str) -> bytes:
    """What a person writes, above the first lines of what she answers. Raises ValueError."""
    said = t("playground.written.answer", language)
    who = original.sender.name or original.sender.email
    wrote = t("playground.written.wrote", language, when=original.date, who=who)
    lines = textwrap.wrap(" ".join(original.text.split()), WIDTH)[:QUOTED]
    quote = "".join(f"> {line}\n" for line in lines)
    text = f"{said}\n\n{original.to.name}\n\n{wrote}\n{quote}"
    return finished(text_part(text), original, {"Subject": _re(original.subject)})


def away(original: Original, language: str) -> bytes:
    """What a program writes while she is away (RFC 3834). Raises ValueError."""
    subject = t("playground.written.away_subject", language, subject=original.subject)
    marks = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    text = f"{t('playground.written.away', language)}\n\n{original.to.name}\n"
    return finished(text_part(text), original, {"Subject": subject, **marks})


def bounce(original: Original, _language: str) -> bytes:
    """What her mail host writes when there is no such person (RFC 3464). Raises ValueError.

    Mail hosts write in English.
    """
    address = original.to.email
    why = f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
    report = MIMEMultipart("report", report_type="delivery-status")
    report.attach(text_part(f"Your mail could not be handed over to\n\n    <{address}>\n\n{why}\n"))
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    of_mail = {"Reporting-MTA": f"dns; {HOST_NAME}", "Arrival-Date": format_datetime(clock.now())}
    of_recipient = {
        "Final-Recipient": f"rfc822; {address}",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": f"smtp; {why}",
    }
    status.set_payload([_fields(of_mail), _fields(of_recipient)])
    report.attach(status)
    report.attach(text_part(original.head, "rfc822-headers"))
    daemon = formataddr(("Mail Delivery System", f"mailer-daemon@{domain_of(address)}"))
    marks = {"Auto-Submitted": "auto-replied", "From": daemon}
    return finished(report, original, {"Subject": "Undelivered mail: returned to sender", **marks})


def text_part(text: str, kind: str = "plain") -> Message:
    """A part of text."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    part = MIMENonMultipart("text", kind)
    part.set_payload(text, charset)
    return part


def finished(mail: Message, original: Original, headers: Mapping[str, str]) -> bytes:
    """The whole mail; `headers` go before the usual ones. Raises ValueError for odd addresses."""
    usual = {
        "From": formataddr((original.to.name, original.to.email)),
        "To": formataddr((original.sender.name, original.sender.email)),
        "Date": format_datetime(clock.now()),
        "Message-ID": make_msgid(domain=HOST_NAME),
        "In-Reply-To": original.ids[-1],
        "References": " ".join(original.ids).strip(),
    }
    for name, value in {**usual, **headers}.items():
        if value:
            mail[name] = Header(value, header_name=name).encode()
    return mail.as_bytes(policy=compat32.clone(linesep="\r\n"))


def one_line(text: str) -> str:
    """What of a text can stand in a header."""
    shown = "".join(each if each.isprintable() else " " for each in text[: 4 * MAX_LINE])
    return " ".join(shown.split())[:MAX_LINE]


def _re(subject: str) -> str:
    return subject if _ANSWERED.match(subject) else f"Re: {subject}"


def _fields(values: Mapping[str, str]) -> Message:
    group = Message()
    for name, value in values.items():
        group[name] = value
    return group
