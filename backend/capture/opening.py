"""Which provider a mailbox's grant opens: the one place that knows them all."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from backend.access.grants import Grants
from backend.capture import pushes
from backend.models.gmail_notices import notices_of
from backend.models.mailboxes import GrantedBy, Mailbox
from backend.models.manifests import addin_id
from backend.providers.calendar import CalendarProvider
from backend.providers.contacts import ContactsProvider
from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.gmail_push import GmailPush
from backend.providers.google_calendar import GoogleCalendar
from backend.providers.google_calls import credentials_by
from backend.providers.google_contacts import GoogleContacts
from backend.providers.graph import Graph
from backend.providers.graph_calendar import GraphCalendar
from backend.providers.graph_contacts import GraphContacts
from backend.providers.graph_mailbox import GraphMailbox
from backend.providers.graph_push import GraphPush
from backend.providers.mail import MailProvider, NeedsAdmin
from backend.providers.probe import BOOK_SCOPES
from backend.providers.push import PushProvider
from backend.settings import Settings


@dataclass(slots=True)
class Opened:
    """A mailbox's mail, calendar and address book, and how they are let go after the turn."""

    provider: MailProvider
    close: Callable[[], None]
    calendar: CalendarProvider | None = None
    contacts: ContactsProvider | None = None
    push: PushProvider | None = None


def open_mailbox(mailbox: Mailbox, grants: Grants, settings: Settings) -> Opened:
    """The mailbox at its provider. Raises NeedsAdmin for a provider that we do not know."""
    openers = {"google": _gmail, "microsoft": _microsoft}
    if mailbox.provider not in openers:
        raise NeedsAdmin("provider_unknown")
    return openers[mailbox.provider](mailbox, grants, settings)


def _gmail(mailbox: Mailbox, grants: Grants, settings: Settings) -> Opened:
    credentials = credentials_by(lambda anew: grants.access(mailbox, anew=anew))
    mail = GmailMailbox(credentials, settings.google_gmail_endpoint)
    calendar = GoogleCalendar(credentials, settings.google_calendar_endpoint)
    contacts = _google_contacts(mailbox, grants, settings) if mailbox.brings_contacts else None

    def close() -> None:
        for each in (mail, calendar, contacts):
            if each is not None:
                each.close()

    notices = notices_of(mailbox.org_id)
    push = GmailPush(mail.users, notices.topic if notices else "")
    return Opened(mail, close, calendar, contacts, push)


def _google_contacts(mailbox: Mailbox, grants: Grants, settings: Settings) -> GoogleContacts:
    scopes = tuple(BOOK_SCOPES["google"])
    return GoogleContacts(
        credentials_by(lambda anew: grants.access(mailbox, anew=anew, scopes=scopes)),
        settings.google_people_endpoint,
    )


def _microsoft(mailbox: Mailbox, grants: Grants, settings: Settings) -> Opened:
    whose = f"users/{quote(mailbox.address, safe='@+')}"
    graph = Graph.opened(
        settings.graph_url,
        lambda anew: grants.access_token(mailbox, anew=anew),
        settings.provider_ca,
        "me" if mailbox.granted_by == GrantedBy.USER else whose,
    )
    return Opened(
        GraphMailbox(graph, mailbox.address, addin_id(settings.secret)),
        graph.close,
        GraphCalendar(graph, mailbox.address),
        GraphContacts(graph) if mailbox.brings_contacts else None,
        push=GraphPush(graph, f"{settings.public_url}{pushes.PLACE}")
        if settings.is_public
        else None,
    )
