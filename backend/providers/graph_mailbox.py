"""A Microsoft mailbox as sync sees it: each folder's delta, listings, mails by their parts.

A place is all folders' links together (graph_folders.py); one batch asks up to twenty of them, so
an idle mailbox costs one call. Of a delta only ids are taken: later ones tell parts of a message
alone, and a removal may be a move, so whatever id is not known is fetched by itself.

Source: learn.microsoft.com/graph: delta-query-messages, api/message-delta, api/mailfolder-delta,
api/user-list-messages (2026).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from backend import clock
from backend.providers.graph import AT_ONCE, Ask, Gone, Graph
from backend.providers.graph_folders import KNOWN, TREE, Folders
from backend.providers.graph_messages import Messages
from backend.providers.mail import (
    Changes,
    Fetched,
    Identity,
    Listing,
    ProviderError,
    TryLater,
    Unreadable,
)

PAGE = 500
# A delta with a filter tells at most 5,000 messages: it only bridges the time around the baseline.
SINCE = timedelta(days=1)


class GraphMailbox:
    """One mailbox; `addin_id` is that of our Outlook add-in, whose mark on sent mail is read."""

    def __init__(self, graph: Graph, address: str, addin_id: str) -> None:
        self._graph = graph
        self._address = address
        self._messages = Messages(graph, address, addin_id)
        self._folders: Folders | None = None
        self._wait: TryLater | None = None

    def close(self) -> None:
        """Let the connection go."""
        self._graph.close()

    def identity(self) -> Identity:
        """The mailbox's address, and those that it also receives under.

        An organisation's grant reads mail and no profiles: the mailbox that it was asked for by its
        address has that address, if it opens at all.
        """
        if self._graph.who != "me":
            self._graph.get(self._graph.path("mailFolders/inbox?$select=id"))
            return Identity(self._address)
        fields = "mail,userPrincipalName,proxyAddresses"
        found = self._graph.get(self._graph.path("") + f"?$select={fields}")
        proxies = [str(each) for each in found.get("proxyAddresses") or []]
        addresses = [each[5:].lower() for each in proxies if each[:5].lower() == "smtp:"]
        own = str(found.get("mail") or found.get("userPrincipalName") or "").lower()
        return Identity(own, tuple(each for each in addresses if each != own))

    def baseline(self) -> str:
        """Every folder's place as of now."""
        folders = self._tree()
        folders.follow(self._first_link())
        folders.more = [each for each in folders.links if each != TREE]
        while folders.more:
            self._step(folders, is_patient=False)
        return folders.text

    def changes(self, place: str, page: str | None) -> Changes:
        """A page: up to twenty folders' next part. Raises PlaceLost if one of them is too old."""
        folders = Folders.of(page or place)
        if page is None:
            folders.begin_round()
        self._folders = folders
        came, went = self._step(folders)
        if folders.more:
            return Changes(came, went, next_page=folders.text)
        return Changes(came, went, place=folders.text)

    def listing(self, since: datetime, page: str | None) -> Listing:
        """Newest first, in all folders but those that are left alone, and without drafts."""
        folders = self._folders or self._tree()
        found = self._graph.get(page or self._list_link(since))
        ids = tuple(
            str(each["id"])
            for each in found.get("value", [])
            if not each.get("isDraft") and folders.is_followed(str(each.get("parentFolderId")))
        )
        link = found.get("@odata.nextLink")
        count = found.get("@odata.count")
        return Listing(ids, self._graph.below(link) if link else None, count)

    def fetch(self, ids: Sequence[str]) -> Iterator[tuple[str, Fetched]]:
        """Mails by twenties; those that were had before the provider is too busy come first."""
        folders = self._folders or self._tree()
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            refused: ProviderError | None = None
            for message_id, found in zip(
                some, self._batch(map(self._messages.ask, some)), strict=True
            ):
                if isinstance(found, Gone):
                    yield message_id, None
                elif isinstance(found, Unreadable):
                    yield message_id, found
                elif isinstance(found, ProviderError):
                    refused = found
                else:
                    yield message_id, self._messages.read(message_id, found, folders)
            if refused:
                raise refused

    def _step(self, folders: Folders, *, is_patient: bool = True) -> tuple[tuple[str, ...], ...]:
        """The next part of up to twenty folders: ids that came or changed, and that went."""
        asked = folders.more[:AT_ONCE]
        came: dict[str, None] = {}
        went: dict[str, None] = {}
        self._refuse_while_busy()
        answers = self._batch(Ask(folders.links[each], PAGE) for each in asked)
        refused = [each for each in answers if isinstance(each, ProviderError)]
        for folder, found in zip(asked, answers, strict=True):
            if isinstance(found, Gone) and folder != TREE:
                folders.drop(folder)
            elif isinstance(found, TryLater) and len(refused) < len(asked) and is_patient:
                self._wait = found  # the others' part is not lost for it
            elif isinstance(found, ProviderError):
                raise found
            else:
                self._note(folders, folder, found, (came, went))
        return tuple(came), tuple(went)

    def _note(
        self,
        folders: Folders,
        folder: str,
        found: dict[str, Any],
        told: tuple[dict[str, None], dict[str, None]],
    ) -> None:
        items = [each for each in found.get("value", []) if each.get("id")]
        next_link = found.get("@odata.nextLink")
        link = next_link or found.get("@odata.deltaLink")
        folders.go_on(folder, self._graph.below(link), is_over=not next_link)
        if folder == TREE:
            folders.note(items)
            folders.more += folders.follow(self._first_link())
            return
        came, went = told
        came |= dict.fromkeys(str(each["id"]) for each in items)
        went |= dict.fromkeys(str(each["id"]) for each in items if "@removed" in each)

    def _tree(self) -> Folders:
        """The folders as they are now."""
        below = self._graph.path
        asks = [Ask(below(f"mailFolders/{name}?$select=id")) for name in KNOWN]
        tree = below("mailFolders/delta?$select=displayName,parentFolderId")
        folders = Folders(links={TREE: tree})
        *known, first = self._batch([*asks, Ask(tree, PAGE)])
        for name, found in zip(KNOWN, known, strict=True):
            if isinstance(found, dict):
                folders.known[name] = str(found["id"])
            elif not isinstance(found, Gone):
                raise found
        while True:
            if isinstance(first, ProviderError):
                raise first
            folders.note(first.get("value", []))
            next_link = first.get("@odata.nextLink")
            folders.links[TREE] = self._graph.below(next_link or first.get("@odata.deltaLink"))
            if not next_link:
                self._folders = folders
                return folders
            (first,) = self._batch([Ask(folders.links[TREE], PAGE)])

    def _batch(self, asks: Any) -> list[dict[str, Any] | ProviderError]:
        self._refuse_while_busy()
        return self._graph.batch(list(asks))

    def _refuse_while_busy(self) -> None:
        if self._wait is not None:
            raise self._wait

    def _first_link(self) -> str:
        since = f"{clock.now() - SINCE:%Y-%m-%dT%H:%M:%SZ}"
        wanted = quote(f"receivedDateTime ge {since}")
        return self._graph.path(f"mailFolders/{{}}/messages/delta?$select=id&$filter={wanted}")

    def _list_link(self, since: datetime) -> str:
        wanted = quote(f"receivedDateTime ge {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        return self._graph.path(
            f"messages?$filter={wanted}&$orderby=receivedDateTime%20desc"
            f"&$select=id,parentFolderId,isDraft&$top={PAGE}&$count=true"
        )
