"""A Microsoft address book as sync sees it: the contacts of its folders, and what changed in each.

Graph tells changes folder by folder, so a place is all of their links together, the folders' own
among them. The folder Contacts is not in the list of folders and is asked by itself. A removal may
be a move to another folder, and a change may tell a part of a contact: both are looked up by id.

Source: learn.microsoft.com/graph/api/contact-delta, contactfolder-delta, contact-get, and the
client msgraph-sdk for /contacts/delta, which is the folder Contacts.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from backend.providers.contacts import ContactPage, Entry
from backend.providers.graph import Gone, Graph
from backend.providers.mail import PlaceLost
from backend.providers.places import Place

PAGE = 100
FIELDS = ("displayName", "emailAddresses", "companyName")
_SELECT = f"$select={','.join(FIELDS)}"
_TREE, _MAIN = "folders", "contacts"  # names of links; all others are ids of folders

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Place(Place):
    """Where to ask on, by folder, and the folders whose round is not over."""

    links: dict[str, str]
    more: list[str]


class GraphContacts:
    """The contacts of one mailbox."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def contacts(self, place: str, page: str | None) -> ContactPage:
        """A page of one folder's contacts, or of its changes."""
        here = self._where(place, page)
        name = here.more[0]
        found = self._asked(here.links[name])
        items = [each for each in found.get("value", []) if each.get("id")]
        following = found.get("@odata.nextLink")
        here.links[name] = self._graph.below(following or found.get("@odata.deltaLink"))
        if not following:
            here.more.pop(0)
        told = ContactPage(())
        if name == _TREE:
            self._note_folders(items, here)
        else:
            told = self._told(items)
        place, following = ("", here.text) if here.more else (here.text, None)
        return ContactPage(told.entries, told.gone, told.unreadable, place, following)

    def _where(self, place: str, page: str | None) -> _Place:
        if page:
            return _Place.of(page)
        if place:
            here = _Place.of(place)
            return _Place(here.links, [_TREE, *(each for each in here.links if each != _TREE)])
        links = {
            _TREE: self._graph.path("contactFolders/delta"),
            _MAIN: self._graph.path(f"contacts/delta?{_SELECT}"),
        }
        return _Place(links, [_TREE, _MAIN])

    def _asked(self, link: str) -> dict[str, Any]:
        try:
            return self._graph.get(link, PAGE)
        except Gone:  # the folder is, and nobody tells what was in it
            raise PlaceLost("folder_gone") from None

    def _note_folders(self, items: Sequence[Mapping[str, Any]], here: _Place) -> None:
        for each in items:
            folder = str(each["id"])
            if "@removed" in each and folder in here.links:
                raise PlaceLost("folder_gone")
            if "@removed" not in each and folder not in here.links:
                below = f"contactFolders/{quote(folder, safe='')}/contacts/delta?{_SELECT}"
                here.links[folder] = self._graph.path(below)
                here.more.append(folder)

    def _told(self, items: Sequence[dict[str, Any]]) -> ContactPage:
        whole = {
            str(each["id"]): each
            for each in items
            if "@removed" not in each and each.keys() >= {*FIELDS}
        }
        found = self._by_id([str(each["id"]) for each in items if str(each["id"]) not in whole])
        whole |= {contact_id: each for contact_id, each in found.items() if each is not None}
        entries, unreadable = _read(whole)
        gone = tuple(contact_id for contact_id, each in found.items() if each is None)
        return ContactPage(tuple(entries), gone, tuple(unreadable))

    def _by_id(self, ids: Sequence[str]) -> dict[str, dict[str, Any] | None]:
        """Contacts by their ids; None for one that is gone. Raises ProviderError."""
        path = self._graph.path
        return self._graph.each({i: path(f"contacts/{quote(i, safe='')}?{_SELECT}") for i in ids})


def _read(items: Mapping[str, Mapping[str, Any]]) -> tuple[list[Entry], list[str]]:
    """Entries, and the ids of those that are not as documented: these hide no other."""
    entries, unreadable = [], []
    for contact_id, item in items.items():
        try:
            entries.append(_entry(contact_id, item))
        except (KeyError, TypeError, AttributeError) as error:
            log.warning("contact cannot be read", extra={"why": type(error).__name__})
            unreadable.append(contact_id)
    return entries, unreadable


def _entry(contact_id: str, item: Mapping[str, Any]) -> Entry:
    addresses = [each.get("address") for each in item["emailAddresses"] or []]
    return Entry(
        contact_id,
        name=str(item["displayName"] or ""),
        addresses=tuple(str(each) for each in addresses if each),
        company=str(item["companyName"] or ""),
    )
