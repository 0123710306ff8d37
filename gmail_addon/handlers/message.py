"""The mail that is open in Gmail: one of our own, or somebody's to us."""

from collections.abc import Mapping
from typing import Any

from backend.errors import Conflict, Invalid, Unavailable
from backend.insights import metrics, timeline
from backend.insights.people_mail import About
from backend.mail.addresses import normalise
from backend.models import tracked_sends
from backend.models.mail import EmailMessage, Stamp
from backend.people import adding, finding
from backend.people.details import Found
from backend.people.values import Actor
from backend.providers.gmail import Gmail, Gone, Head, Refused
from backend.tracking import sending
from gmail_addon.answers import (
    Answer,
    NeedsScopes,
    Scopes,
    Submitted,
    pushed,
    shown_instead,
    shown_next,
    told,
)
from gmail_addon.asking import Ask
from gmail_addon.cards import notices, person
from gmail_addon.cards.person import Known
from gmail_addon.handlers import mail
from gmail_addon.widgets import Card

METADATA = "https://www.googleapis.com/auth/gmail.addons.current.message.metadata"
NEWEST = 10


def message(ask: Ask) -> Answer:
    """What we know of the mail that is open, or of who wrote it."""
    opened = ask.event.opened
    if opened is None:
        return pushed(notices.said(ask, ask.t("feed.title"), ask.t("open_a_mail")))
    if ask.event.scopes is not None and not ask.event.may(METADATA):
        return NeedsScopes(Scopes((METADATA,)))
    gmail = Gmail(ask.addon.settings.gmail_addon_endpoint, ask.event.oauth_token)
    try:
        head = gmail.head(opened.message_id, opened.access_token)
    except Refused:
        return NeedsScopes(Scopes((METADATA,)))
    except (Gone, Unavailable):
        return pushed(notices.said(ask, notices.NAME, ask.t("gmail_away")))
    return pushed(_card(ask, head))


def show_adding(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """The form for a new contact or lead."""
    return shown_next(person.adding(ask, data["address"], data.get("name", "")))


def add_person(ask: Ask, data: Mapping[str, Any]) -> Submitted:
    """Add a contact or lead at this address."""
    address = data["address"]
    facts = {
        "kind": data["kind"],
        "name": ask.event.typed("name") or address,
        "company": ask.event.typed("company"),
        "addresses": (address,),
        "owner_id": ask.user.id,
    }
    if finding.at_address(ask.user.org_id, address, limit=1):
        return shown_instead(person_card(ask, address), ask.t("known_already"))
    try:
        adding.add(Actor(ask.user.org_id, ask.user.email), facts)
    except (Invalid, Conflict) as error:
        return told(error.told(ask.language))
    return shown_instead(person_card(ask, address), ask.t("added"), is_news=True)


def person_card(ask: Ask, address: str) -> Card:
    """Who is at that address, with our mail to her."""
    people = finding.at_address(ask.user.org_id, address, limit=person.MOST_PEOPLE + 1)
    shown = people[: person.MOST_PEOPLE]
    known = [_known(ask, each) for each in shown]
    return person.card(ask, address, known, len(people) - len(shown))


def _known(ask: Ask, found: Found) -> Known:
    about = About([found.id], found.addresses)
    return Known(
        found,
        metrics.of(ask.viewer, about),
        timeline.page(ask.viewer, about, limit=NEWEST),
    )


def _card(ask: Ask, head: Head) -> Card:
    stamp = _own_mail(ask, head)  # whatever address of hers it was sent from
    if stamp is not None:
        sending.self_view(stamp)
        return mail.card(ask, stamp.id)
    sender = _address(head.sender)
    if sender not in {ask.account.email.lower(), ask.user.email}:
        return person_card(ask, sender) if sender else _nobody(ask)
    to = _address(head.recipients[0]) if head.recipients else ""
    return person_card(ask, to) if to else _nobody(ask)


def _own_mail(ask: Ask, head: Head) -> Stamp | None:
    """The stamp of a mail of ours, known by the id Gmail gave it as we sent it, or Message-ID."""
    ids = tracked_sends.stamps_of(head.id)
    sent: Stamp | None = Stamp.get_or_none(Stamp.id.in_(ids), Stamp.user_id == ask.user.id)
    if sent is not None or not head.internet_message_id:
        return sent
    found: Stamp | None = (
        Stamp.select()
        .join(EmailMessage, on=(EmailMessage.id == Stamp.message_id))
        .where(
            Stamp.user_id == ask.user.id,
            EmailMessage.internet_message_id == head.internet_message_id,
        )
        .first()
    )
    return found


def _nobody(ask: Ask) -> Card:
    return notices.said(ask, ask.t("feed.title"), ask.t("no_sender"))


def _address(written: str) -> str:
    try:
        return normalise(written)
    except ValueError:
        return ""
