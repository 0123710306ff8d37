"""Let whom a mail went to write back to its sender, by SMTP, as the world would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.errors import Invalid
from backend.mail.addresses import normalise
from playground import answers, invitations, stage
from playground.answers import Original
from playground.calendars import Calendars
from playground.client import deliver
from playground.gmail_mail import Writer
from playground.hastening import hasten
from playground.invitations import Meeting
from playground.moves import Actor

NOBODY = ""  # the envelope's sender of what programs write, which nothing ever answers


class Kind(StrEnum):
    """What may come back to a mail."""

    ANSWER = "answer"
    AWAY = "away"
    BOUNCE = "bounce"
    INVITATION = "invitation"


Maker = Callable[[Original, str], bytes]
MAKERS: Mapping[Kind, Maker] = {
    Kind.ANSWER: answers.answer,
    Kind.AWAY: answers.away,
    Kind.BOUNCE: answers.bounce,
}
BY_PROGRAMS = frozenset({Kind.AWAY, Kind.BOUNCE})


@dataclass(frozen=True, slots=True)
class Wish:
    """Which mail is answered, how, and in which language."""

    mail_id: str
    kind: Kind
    language: str


def write_back(actor: Actor, wish: Wish) -> dict[str, Any]:
    """Deliver what comes back to a mail of the actor's; who wrote it.

    A meeting stands in both calendars then. Raises NotFound for an unknown mail, Invalid for one
    that is not hers, or that nobody can answer, Unavailable when the mail host is away.
    """
    try:
        original = _original(actor, wish.mail_id)
        meeting = _meeting(original, wish)
        mail = _written(original, wish, meeting)
    except ValueError:  # an address that is none, or that no header can hold
        raise Invalid("problems.bad_address") from None
    sender = NOBODY if wish.kind in BY_PROGRAMS else original.to.email
    deliver(actor.settings.smtp_port, sender, [([actor.user.email], mail)])
    if meeting:
        for who in (meeting.host, meeting.guest):
            Calendars.of(actor.settings).put(who.email, invitations.entry(meeting))
    hasten(actor.user, *(("mail", "calendar") if meeting else ("mail",)))
    return {"who": original.to.name}


def _original(actor: Actor, mail_id: str) -> Original:
    """The mail as it lies in a mailbox that is not the actor's. Raises NotFound, Invalid."""
    own = normalise(actor.user.email)
    raw = actor.inboxes.open(mail_id)
    address = normalise(actor.inboxes.address_of(mail_id))
    name = stage.names_of(actor.user.org_id, [address]).get(address, address)
    original = Original.of(raw, Writer(address, name))
    if address == own or original.sender.email != own:
        raise Invalid("problems.play_not_yours")
    return original


def _meeting(original: Original, wish: Wish) -> Meeting | None:
    return invitations.plan(original, wish.language) if wish.kind is Kind.INVITATION else None


def _written(original: Original, wish: Wish, meeting: Meeting | None) -> bytes:
    if meeting:
        return invitations.letter(original, meeting, wish.language)
    return MAKERS[wish.kind](original, wish.language)
