"""An address book at Microsoft: contacts in folders, and the log of which each one's delta tells.

With what its pages say and what is known of its mail: the folder Contacts is not among the folders,
a contact that was moved is told as removed where it was, a later round may tell a part of one.
"""

import itertools
from dataclasses import dataclass, field

from tests.fakes import graph_payloads, graph_rules
from tests.fakes.graph_mail import selected
from tests.fakes.graph_payloads import CONTACT, CONTACT_FOLDER, REMOVED_CONTACT, Payload
from tests.fakes.graph_rules import Request, Wrong

MAIN = "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OAAuAAAAAAAiQ8W967B7TKBj="
TREE = ""


@dataclass
class Round:
    """What stands behind a state token; `left` are ids of a first round."""

    folder: str
    select: str
    seq: int
    left: tuple[str, ...] | None = None


@dataclass
class GraphContacts:
    """The contacts of one mailbox; `log` has (folder, id) of what changed, TREE for folders."""

    contacts: dict[str, Payload] = field(default_factory=dict)
    folders: dict[str, Payload] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    rounds: dict[str, Round] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    tells_parts: bool = False

    def put(self, name: str, *addresses: str, folder: str = MAIN, **more: object) -> str:
        """A contact; its id."""
        contact_id = f"AAMkAGVmMDEz{next(self.numbers):05d}AAA="
        values = {
            "id": contact_id,
            "parentFolderId": folder,
            "displayName": name,
            "emailAddresses": [{"name": each, "address": each} for each in addresses],
        }
        self.contacts[contact_id] = CONTACT | values | more
        self.log.append((folder, contact_id))
        return contact_id

    def add_folder(self, name: str) -> str:
        """A folder beside Contacts; its id."""
        folder_id = f"AAMkADc5M2Jj{next(self.numbers):05d}AAA="
        values = {"id": folder_id, "displayName": name, "parentFolderId": MAIN}
        self.folders[folder_id] = CONTACT_FOLDER | values
        self.log.append((TREE, folder_id))
        return folder_id

    def change(self, contact_id: str, **changes: object) -> None:
        """Somebody edits it."""
        self.contacts[contact_id] |= changes
        self.log.append((self.contacts[contact_id]["parentFolderId"], contact_id))

    def move(self, contact_id: str, folder: str) -> None:
        """Somebody moves it; its id stays the same, as was asked for."""
        self.log.append((self.contacts[contact_id]["parentFolderId"], contact_id))
        self.change(contact_id, parentFolderId=folder)

    def remove(self, contact_id: str) -> None:
        """Somebody deletes it."""
        self.log.append((self.contacts.pop(contact_id)["parentFolderId"], contact_id))

    def remove_folder(self, folder: str) -> None:
        """Somebody deletes a folder with what is in it."""
        del self.folders[folder]
        inside = [k for k, v in self.contacts.items() if v["parentFolderId"] == folder]
        for each in inside:
            del self.contacts[each]
        self.log.append((TREE, folder))

    def page(self, here: Round, size: int) -> tuple[list[Payload], Round, bool]:
        """The next items, the state behind them, and whether the round is over."""
        if here.seq < 0:
            ids = tuple(self.folders) if here.folder == TREE else self._inside(here.folder)
            here = Round(here.folder, here.select, len(self.log), ids)
        if here.left is not None:
            rest = here.left[size:]
            told = [self._told(each, here) for each in here.left[:size]]
            return told, Round(here.folder, here.select, here.seq, rest or None), not rest
        changed = dict.fromkeys(
            each for where, each in self.log[here.seq :] if where == here.folder
        )
        told = [self._told(each, here, is_later=True) for each in changed]
        return told, Round(here.folder, here.select, len(self.log)), True

    def _inside(self, folder: str) -> tuple[str, ...]:
        return tuple(k for k, v in self.contacts.items() if v["parentFolderId"] == folder)

    def _told(self, item_id: str, here: Round, *, is_later: bool = False) -> Payload:
        if here.folder == TREE:
            found = self.folders.get(item_id)
            return found if found is not None else REMOVED_CONTACT | {"id": item_id}
        found = self.contacts.get(item_id)
        if found is None or found["parentFolderId"] != here.folder:
            return REMOVED_CONTACT | {"id": item_id}
        if is_later and self.tells_parts:
            return {"id": item_id, "displayName": found["displayName"]}
        return selected(found, here.select)


def answer(book: GraphContacts, request: Request, url: str) -> tuple[int, Payload]:
    """What a request for contacts or their folders gets."""
    match request.segments:
        case ("contacts", contact_id) if contact_id != "delta":
            found = book.contacts.get(contact_id)
            if found is None:
                return 404, graph_payloads.NOT_FOUND
            return 200, selected(found, request.query.get("$select", ""))
        case ("contactFolders" | "contactfolders", "delta"):
            return _delta(book, request, url, TREE)
        case ("contacts", "delta"):
            return _delta(book, request, url, MAIN)
        case ("contactFolders" | "contactfolders", folder, "contacts", "delta"):
            return _delta(book, request, url, folder)
    raise Wrong("the fake has no such part")


def _delta(book: GraphContacts, request: Request, url: str, folder: str) -> tuple[int, Payload]:
    if folder not in {TREE, MAIN, *book.folders}:
        return 404, graph_payloads.NOT_FOUND
    known = [request.query[each] for each in graph_rules.STATE if each in request.query]
    first = Round(folder, request.query.get("$select", ""), -1)
    here = book.rounds.get(known[0]) if known else first
    if here is None:
        return 410, graph_payloads.SYNC_STATE_NOT_FOUND
    shown, later, is_over = book.page(here, graph_rules.page_size(request.prefer, 10))
    state = f"R0usmcMDNGg0J1E{len(book.rounds)}"
    book.rounds[state] = later
    onward = graph_rules.onward(request, url, state, is_over=is_over)
    return 200, {"@odata.context": "…", **onward, "value": shown}
