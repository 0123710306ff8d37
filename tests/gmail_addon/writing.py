"""A draft in Gmail's window: it is tracked, saved and sent with the panel's own button."""

from typing import Any

from backend.models.mail import Stamp
from tests.gmail_addon.calling import Caller, buttons, card_of, inserted
from tests.world import CAROL

BODY = '<p>Gr=C3=BC=C3=9Fe, see <a href=3D"https://example.com/a">A</a></p>'


def draft_of(picture: str, to: str = CAROL, kind: str = "text/html") -> bytes:
    """A draft with that picture and a link, as Gmail saves it."""
    html = picture.replace("=", "=3D") + BODY
    return (
        f"From: Alice <alice@ours.test>\r\nTo: {to}\r\nSubject: Offer\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        f"\r\n{html}\r\n"
    ).encode()


def tracked(gmail: Caller) -> tuple[dict[str, Any], str]:
    """The card of a draft with opens and links on, and the picture that it put in."""
    answer = gmail.press(buttons(gmail.card("compose"))["Track this mail"])
    picture = inserted(answer)[1]
    return card_of(gmail.turn(card_of(answer), "links", is_on=True)), picture


def ask_to_send(gmail: Caller, card: dict[str, Any]) -> Any:
    """The answer to "Send tracked", which asks first."""
    return gmail.press(buttons(card)["Send tracked"])


def send(gmail: Caller, card: dict[str, Any]) -> Any:
    """The answer to "Send now" behind it."""
    return gmail.press(buttons(card_of(ask_to_send(gmail, card)))["Send now"])


def notice(answer: Any) -> str:
    """The line that an answer says."""
    return str(answer["renderActions"]["action"]["notification"]["text"])


def latest() -> Stamp:
    """The stamp that was made last."""
    found: Stamp = Stamp.select().order_by(Stamp.created_at.desc()).first()
    return found
