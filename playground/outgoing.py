"""Send a mail as a rep's own program would: stamp it by the API, hand it to SMTP, confirm it."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid
from typing import Any, Protocol

from backend import clock
from backend.errors import Invalid
from backend.mail.addresses import normalise
from playground.client import StampApi, deliver

MAX_RECIPIENTS = 100
MAX_SUBJECT = 300
MAX_BODY = 1_000_000
HOST_NAME = "playground.localhost"


class Sender(Protocol):
    """Who writes: a user of ours."""

    @property
    def email(self) -> str:
        """Her address."""

    @property
    def name(self) -> str:
        """What she is called."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of the mail; role is to or cc."""

    role: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Composed:
    """What the compose window holds."""

    to: str
    cc: str
    subject: str
    body: str
    is_html: bool
    opens: bool
    links: bool
    per_recipient: bool

    @property
    def content_type(self) -> str:
        """What kind of body it is."""
        return "text/html" if self.is_html else "text/plain"

    def recipients(self) -> list[Recipient]:
        """The addresses of both fields, each once. Raises Invalid for none or a wrong one."""
        found: dict[str, Recipient] = {}
        for role, field in (("to", self.to), ("cc", self.cc)):
            for name, address in getaddresses([field.replace(";", ",")]):
                if address:
                    found.setdefault(_normal(address), Recipient(role, address, name))
        if not found:
            raise Invalid("problems.play_nobody")
        if len(found) > MAX_RECIPIENTS:
            raise Invalid("problems.play_many", most=MAX_RECIPIENTS)
        return list(found.values())


def _normal(address: str) -> str:
    try:
        return normalise(address)
    except ValueError:
        raise Invalid("problems.bad_address") from None


def send(composed: Composed, sender: Sender, api: StampApi, smtp_port: int) -> dict[str, Any]:
    """Stamp the mail, send a copy to each recipient and to the sender, confirm it; the answer.

    Raises Invalid, Refused or Unavailable with a sentence for the compose window.
    """
    recipients = composed.recipients()
    _check(composed, recipients)
    message_id = make_msgid(domain=HOST_NAME)
    stamped = api.stamp(_draft(composed, sender, recipients))
    mails = [
        (addresses, _mail(composed, body, sender, recipients, message_id))
        for addresses, body in _copies(stamped, composed, recipients)
    ]
    # The sender's own copy lies in her Sent folder, and whoever opens it there loads its picture.
    deliver(smtp_port, sender.email, [*mails, ([sender.email], mails[0][1])])
    api.confirm(
        stamped["id"],
        {"internet_message_id": message_id, "sent_at": clock.now().isoformat()},
    )
    return stamped


def hand_over(
    composed: Composed, sender: Sender, smtp_port: int, headers: Mapping[str, str]
) -> str:
    """Hand a mail to SMTP just as it is, for its recipients and its sender; its message id.

    Raises Invalid or Unavailable with a sentence for the window.
    """
    recipients = composed.recipients()
    _check(composed, recipients)
    message_id = make_msgid(domain=HOST_NAME)
    mail = _mail(composed, composed.body, sender, recipients, message_id)
    for name, value in headers.items():
        mail[name] = value
    deliver(smtp_port, sender.email, [([*(who.address for who in recipients), sender.email], mail)])
    return message_id


def _check(composed: Composed, recipients: list[Recipient]) -> None:
    if len(composed.body) > MAX_BODY or len(composed.subject) > MAX_SUBJECT:
        raise Invalid("problems.play_long")
    lines = [composed.subject, *(f"{who.address}{who.name}" for who in recipients)]
    if not all(line.isprintable() for line in lines):
        raise Invalid("problems.play_control")


def _draft(composed: Composed, sender: Sender, recipients: list[Recipient]) -> dict[str, Any]:
    draft: dict[str, Any] = {
        "compose_id": f"playground {clock.new_id()}",
        "channel": "api",
        "from": sender.email,
        "subject": composed.subject,
        "recipients": [
            {"role": who.role, "address": who.address, "name": who.name} for who in recipients
        ],
        "opens": composed.opens,
        "links": composed.links,
        "per_recipient": composed.per_recipient,
    }
    body = {"html": composed.body} if composed.is_html else {"content_type": composed.content_type}
    return draft | body


def _copies(
    stamped: dict[str, Any], composed: Composed, recipients: list[Recipient]
) -> list[tuple[list[str], str]]:
    """Which addresses get which body."""
    if not composed.is_html or not stamped["copies"]:
        body = stamped["html"] if composed.is_html else composed.body
        return [([who.address for who in recipients], body or composed.body)]
    made = {copy["address"]: copy["html"] for copy in stamped["copies"]}
    return [([who.address], made.get(who.address.lower()) or composed.body) for who in recipients]


def _mail(
    composed: Composed,
    body: str,
    sender: Sender,
    recipients: list[Recipient],
    message_id: str,
) -> EmailMessage:
    mail = EmailMessage()
    try:
        mail["From"] = Address(sender.name, addr_spec=sender.email)
        for role in ("to", "cc"):
            named = [Address(w.name, addr_spec=w.address) for w in recipients if w.role == role]
            if named:
                mail[role.capitalize()] = named
    except (ValueError, LookupError):  # the registry's parser, on odd addresses
        raise Invalid("problems.bad_address") from None
    mail["Subject"] = composed.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id
    mail.set_content(body, subtype="html" if composed.is_html else "plain", charset="utf-8")
    return mail
