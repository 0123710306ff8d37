"""A mailbox at Microsoft: folders, messages, and the log from which each folder's delta is told.

With the documented oddities: partial objects, removals that are moves, repeats, no order, empty
pages, at most 5,000 messages behind a filter, places that are lost, and (issue 21752 of
microsoft-graph-docs-contrib) a mail moved away and back of which only the removal is told.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes import graph_payloads
from tests.fakes.graph_payloads import Payload

# Source: learn.microsoft.com/graph/api/resources/mailfolder, its well-known names
WELL_KNOWN = {
    "inbox": "Inbox", "sentitems": "Sent Items", "drafts": "Drafts", "junkemail": "Junk Email",
    "deleteditems": "Deleted Items", "outbox": "Outbox", "syncissues": "Sync Issues",
    "conversationhistory": "Conversation History",
}  # fmt: skip
MOST_FILTERED = 5_000


@dataclass
class Token:
    """What stands behind a state token: where it goes on, and with which options."""

    folder: str
    seq: int
    since: str
    select: str
    offset: int = 0
    ids: tuple[str, ...] | None = None  # of a first round, as it began


@dataclass
class GraphBox:
    """One mailbox; times are texts as Graph writes them."""

    address: str
    aliases: tuple[str, ...] = ()
    folders: dict[str, Payload] = field(default_factory=dict)
    messages: dict[str, Payload] = field(default_factory=dict)
    raws: dict[str, bytes] = field(default_factory=dict)
    log: list[tuple[str, str, str]] = field(default_factory=list)  # folder ("" = tree), id, what
    tokens: dict[str, Token] = field(default_factory=dict)
    empty_pages: int = 0
    usual_page: int = 10
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.folders["root"] = {}
        for name, shown in WELL_KNOWN.items():
            self.add_folder(shown, known_as=name)

    def add_folder(self, name: str, parent: str = "root", known_as: str = "") -> str:
        """A folder; its id, which says nothing of its name."""
        folder_id = f"AQMkAGUwNmU0{next(self.numbers):04d}AAAA="
        values = {"id": folder_id, "displayName": name, "parentFolderId": self.folder(parent)}
        self.folders[folder_id] = graph_payloads.FOLDER | values | {"_known": known_as}
        self.log.append(("", folder_id, "created"))
        return folder_id

    def folder(self, name: str) -> str:
        """The id behind a well-known name, or the id itself."""
        known = [each for each, what in self.folders.items() if what.get("_known") == name]
        return known[0] if known else name

    def move_folder(self, folder_id: str, parent: str) -> None:
        """Put a folder below another one."""
        self.folders[folder_id]["parentFolderId"] = self.folder(parent)
        self.log.append(("", folder_id, "updated"))

    def remove_folder(self, folder_id: str) -> None:
        """Delete a folder for good, with what is in it."""
        for each in [m for m in self.messages.values() if m["parentFolderId"] == folder_id]:
            del self.messages[each["id"]]
        del self.folders[folder_id]
        self.log.append(("", folder_id, "removed"))

    def put(self, folder: str = "inbox", at: datetime | None = None, **changes: object) -> str:
        """Let a message lie in a folder; its immutable id."""
        message_id = f"AAkALgAAAAAAHYQDEapmEc2byACqAC{next(self.numbers):06d}EWg0A="
        moment = stamp_of(at or datetime.now(UTC))  # noqa: TID251 (it imports nothing of backend)
        values = {
            "id": message_id,
            "parentFolderId": self.folder(folder),
            "receivedDateTime": moment,
            "sentDateTime": moment,
            "internetMessageId": f"<{message_id}@prod.outlook.com>",
            "internetMessageHeaders": list(graph_payloads.HEADERS),
            "_properties": {},
        } | changes
        self.messages[message_id] = graph_payloads.MESSAGE | values
        self.log.append((self.folder(folder), message_id, "created"))
        return message_id

    def move(self, message_id: str, folder: str) -> None:
        """Its id stays; the folder it leaves tells a removal, the other one a creation."""
        message = self.messages[message_id]
        self.log.append((message["parentFolderId"], message_id, "removed"))
        message["parentFolderId"] = self.folder(folder)
        self.log.append((message["parentFolderId"], message_id, "created"))

    def read(self, message_id: str) -> None:
        """Mark it read, which is a change too."""
        self.messages[message_id]["isRead"] = True
        self.log.append((self.messages[message_id]["parentFolderId"], message_id, "updated"))

    def remove(self, message_id: str) -> None:
        """Delete it for good."""
        message = self.messages.pop(message_id)
        self.log.append((message["parentFolderId"], message_id, "removed"))

    def lose_places(self) -> None:
        """Every state token is too old from now on."""
        self.tokens.clear()

    def first(self, folder: str, since: str, select: str) -> Token:
        """The state of a first round."""
        ids = [
            each["id"]
            for each in self.messages.values()
            if each["parentFolderId"] == folder and each["receivedDateTime"] >= since
        ]
        kept = tuple(ids[:MOST_FILTERED] if since else ids)
        return Token(folder, len(self.log), since, select, ids=kept)

    def page(self, token: Token, size: int) -> tuple[list[Payload], Token, bool]:
        """The next items, the state behind them, and whether the round is over."""
        if token.ids is None and self.empty_pages:
            self.empty_pages -= 1
            return [], token, False
        items = self._items(token)
        shown = items[token.offset : token.offset + size]
        end = token.offset + len(shown)
        if end < len(items):
            later = Token(token.folder, token.seq, token.since, token.select, end, token.ids)
            return shown, later, False
        # A first round's end tells what changed meanwhile once more.
        seq = token.seq if token.ids is not None else len(self.log)
        return shown, Token(token.folder, seq, token.since, token.select), True

    def _items(self, token: Token) -> list[Payload]:
        if token.ids is not None:
            there = [self.messages[each] for each in token.ids if each in self.messages]
            return [selected(each, token.select) for each in there]
        changes: dict[str, list[str]] = {}
        for folder, item_id, what in self.log[token.seq :]:
            if folder == token.folder:
                changes.setdefault(item_id, []).append(what)
        tell = self._folder_change if token.folder == "" else self._change
        told = [tell(each, whats, token) for each, whats in changes.items()]
        items = [each for each in reversed(told) if each]  # in no order to rely on
        return [*items, items[0]] if len(items) > 1 else items  # and one of them twice

    def _change(self, message_id: str, whats: list[str], token: Token) -> Payload | None:
        if "removed" in whats:
            return graph_payloads.REMOVED | {"id": message_id}
        message = self.messages.get(message_id)
        if message is None or message["receivedDateTime"] < token.since:
            return None
        if whats[-1] == "updated" and "created" not in whats:
            known = {name: message[name] for name in ("id", "isRead", "parentFolderId")}
            return graph_payloads.PARTIAL | known
        return selected(message, token.select)

    def _folder_change(self, folder_id: str, whats: list[str], token: Token) -> Payload:
        if folder_id not in self.folders:
            return {"id": folder_id, "@removed": {"reason": "deleted"}}
        return selected(self.folders[folder_id], token.select)


def selected(item: Payload, select: str) -> Payload:
    """Only what was asked for; the id always. Headers and properties come when they are named."""
    hidden = {"internetMessageHeaders", "proxyAddresses"}
    names = set(select.split(",")) | {"id"} if select else item.keys() - hidden
    return {name: value for name, value in item.items() if name in names and name[0] != "_"}


def stamp_of(at: datetime) -> str:
    """A moment as Graph writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
