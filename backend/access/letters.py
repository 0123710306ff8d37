"""Letters to users, over the SMTP server that MAIL_URL names; without one, nothing is sent."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from backend.errors import Unavailable
from backend.settings import Settings

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain text to one user."""

    to: str
    subject: str
    text: str


def can_send(settings: Settings) -> bool:
    """Whether an SMTP server is configured."""
    return bool(settings.mail_url)


def send(settings: Settings, letter: Letter) -> None:
    """Hand the letter to the SMTP server. Raises Unavailable."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    try:
        with _connected(settings.mail_url) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException):
        raise Unavailable("problems.letter_refused") from None


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT_S, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
