"""A mail as Gmail writes it, and its way out: by the relay where Gmail's mail passes one."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid

from backend import clock
from backend.errors import Invalid
from backend.mail.link_text import visible_text
from backend.settings import Settings
from playground.client import deliver
from playground.outgoing import MAX_RECIPIENTS, Sender

HOST_NAME = "mail.gmail.localhost"
# What email.headerregistry's parser raises on odd addresses and subjects.
_NO_ADDRESS = (ValueError, LookupError, HeaderParseError)


@dataclass(frozen=True, slots=True)
class GmailDraft:
    """What a compose window of Gmail's holds."""

    to: str
    subject: str
    html: str

    def recipients(self) -> list[Address]:
        """Whom it goes to, each once. Raises Invalid for none, too many, or no addresses."""
        found: dict[str, Address] = {}
        try:
            for name, address in getaddresses([self.to.replace(";", ",")]):
                if address:
                    found.setdefault(address.lower(), Address(name, addr_spec=address))
        except _NO_ADDRESS:
            raise Invalid("problems.bad_address") from None
        if not 0 < len(found) <= MAX_RECIPIENTS:
            raise Invalid("problems.play_recipients", most=MAX_RECIPIENTS)
        return list(found.values())


def send(draft: GmailDraft, sender: Sender, settings: Settings) -> str:
    """Send it to everybody, keep a copy in the sender's own mailbox; its Message-ID.

    Raises Invalid, or Unavailable when the mail host or the relay is away.
    """
    recipients = draft.recipients()
    mail = written(draft, sender, recipients)
    # Gmail keeps in Sent what was written; what the relay makes of it only the others get.
    deliver(settings.smtp_port, sender.email, [([sender.email], mail)])
    deliver(_way_out(settings), sender.email, [([who.addr_spec for who in recipients], mail)])
    return str(mail["Message-ID"])


def written(draft: GmailDraft, sender: Sender, recipients: list[Address]) -> EmailMessage:
    """The draft as MIME: text beside HTML, in UTF-8 and quoted-printable."""
    mail = EmailMessage()
    try:
        mail["From"] = Address(sender.name, addr_spec=sender.email)
        mail["To"] = recipients
        mail["Subject"] = draft.subject
    except _NO_ADDRESS:
        raise Invalid("problems.bad_header") from None
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain=HOST_NAME)
    html = f'<div dir="ltr">{draft.html}</div>'
    mail.set_content(visible_text(html, 0, len(html)), cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def _way_out(settings: Settings) -> int:
    return settings.relay_port if settings.gmail_relay else settings.smtp_port
