"""The mail of a loop test: written, stamped for nobody in particular, and looked for in its bytes.

It has no recipient in our tables: it is the admin's own test, so no policy is asked about her, and
no figure of a person ever holds it.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from html import escape

from backend.mail.parsed import parse
from backend.models.org import User
from backend.tracking import stamping
from backend.tracking.drafts import Channel, Draft, Host, Stamped
from backend.words import Language, t

# Source: RFC 2606 section 3 (June 1999): kept for examples, so it leads nobody astray.
TARGET = "https://example.com/"


@dataclass(frozen=True, slots=True)
class Marks:
    """The addresses that have to come back: of the picture and of the link."""

    pixel: str
    link: str


def stamp(user: User, address: str, language: str, host: Host) -> tuple[Stamped, Marks]:
    """The stamped mail, and what it carries."""
    spoken = Language(language)
    text = escape(t("loop.mail_text", spoken))
    link = f'<a href="{TARGET}">{escape(t("loop.mail_link", spoken))}</a>'
    stamped = stamping.stamp(
        Draft(
            channel=Channel.API,
            sender=address,
            subject=t("loop.mail_subject", spoken),
            recipients=(),
            opens=True,
            links=True,
            html=f"<html><body><p>{text}</p><p>{link}</p></body></html>",
        ),
        user,
        host,
    )
    tracked = stamped.links[0].tracked_url if stamped.links else ""
    return stamped, Marks(stamped.pixel_url or "", tracked)


def letter(address: str, language: str, html: str) -> bytes:
    """The whole mail, from the mailbox to itself."""
    spoken = Language(language)
    made = EmailMessage()
    made["From"] = made["To"] = address
    made["Subject"] = t("loop.mail_subject", spoken)
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    made.set_content(t("loop.mail_text", spoken))
    made.add_alternative(html, subtype="html")
    return made.as_bytes()


def missing(raw: bytes, marks: Marks) -> str:
    """Which of the marks is not in the mail as it came: "pixel", "link" or "" if both are."""
    html = parse(raw).html
    found = (("pixel", marks.pixel), ("link", marks.link))
    return next((name for name, url in found if not url or escape(url) not in html), "")
