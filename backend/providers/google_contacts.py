"""A Google address book as sync sees it: the contacts that its owner keeps, and what changed.

Not "other contacts", which Google makes of everybody one has written to, and of the contacts kept
only what the owner wrote herself (not what profiles add): name, addresses, company.

Source: the discovery document people.v1 of the client library. A sync token is good for seven days
after the last full round; one that is over is refused by a 400 with the reason EXPIRED_SYNC_TOKEN
(developers.google.com/people/api/rest/v1/people.connections/list).
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from backend.providers.contacts import ContactPage, Entry
from backend.providers.google_calls import SCOPE_LACKING, call, connection, service
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, Unreadable

PAGE = 200
MINE = "people/me"
KEPT_BY_HER = "READ_SOURCE_TYPE_CONTACT"
FIELDS = "names,emailAddresses,organizations,metadata"
SCOPE_MISSING = "contacts_scope"  # the user ticked it off, or took it away

log = logging.getLogger(__name__)


class GoogleContacts:
    """The user's contacts; `credentials` are google-auth's, `endpoint` another address."""

    def __init__(self, credentials: Any, endpoint: str = "") -> None:
        self._http = connection(credentials)
        self._connections = service("people", "v1", self._http, endpoint).people().connections()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def contacts(self, place: str, page: str | None) -> ContactPage:
        """A page of what changed; all parameters are the same in each call, as Google wants."""
        try:
            found = call(
                lambda: self._connections.list(
                    resourceName=MINE,
                    pageSize=PAGE,
                    personFields=FIELDS,
                    sources=[KEPT_BY_HER],
                    requestSyncToken=True,
                    syncToken=place or None,
                    pageToken=page,
                )
            )
        except Unreadable as error:
            if place or page:  # without them the book can still be told
                raise PlaceLost(error.code) from None
            raise
        except NeedsReauth as error:
            if error.code in SCOPE_LACKING:
                raise NeedsAdmin(SCOPE_MISSING) from None
            raise
        return _page(found)


def _page(found: Mapping[str, Any]) -> ContactPage:
    people = [each for each in found.get("connections", []) if each.get("resourceName")]
    there = [each for each in people if not _is_gone(each)]
    entries, unreadable = _read(there)
    return ContactPage(
        tuple(entries),
        tuple(str(each["resourceName"]) for each in people if _is_gone(each)),
        tuple(unreadable),
        place=str(found.get("nextSyncToken", "")),
        next_page=found.get("nextPageToken") or None,
    )


def _is_gone(person: Mapping[str, Any]) -> bool:
    metadata = person.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("deleted"))


def _read(people: Sequence[Mapping[str, Any]]) -> tuple[list[Entry], list[str]]:
    """Entries, and the ids of those that are not as documented: these hide no other."""
    entries, unreadable = [], []
    for person in people:
        try:
            entries.append(_entry(person))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            log.warning("contact cannot be read", extra={"why": type(error).__name__})
            unreadable.append(str(person["resourceName"]))
    return entries, unreadable


def _entry(person: Mapping[str, Any]) -> Entry:
    names = _main_first(person.get("names", []))
    companies = _main_first(person.get("organizations", []))
    addresses = _main_first(person.get("emailAddresses", []))
    return Entry(
        provider_id=str(person["resourceName"]),
        name=str(names[0].get("displayName", "")) if names else "",
        addresses=tuple(str(each["value"]) for each in addresses if each.get("value")),
        company=str(companies[0].get("name", "")) if companies else "",
        former=tuple(map(str, person.get("metadata", {}).get("previousResourceNames", []))),
    )


def _main_first(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Google promises no order; the one that counts says so."""
    return sorted(items, key=lambda each: not each.get("metadata", {}).get("primary"))
