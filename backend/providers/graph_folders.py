"""A mailbox's folders, and from where each one's changes are told: the place of a Graph mailbox.

Microsoft tells changes folder by folder, so a place is all of their links together, with the tree
of folders by which the ones that are left alone are known. It travels as text and is opaque.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from backend.providers.places import Place

TREE = ""  # the name of the link by which the folders themselves are told
# Well-known names (learn.microsoft.com/graph/api/resources/mailfolder) and what lies there.
SENT = ("sentitems",)
DRAFT = ("drafts", "outbox")
SPAM = ("junkemail",)
TRASH = ("deleteditems", "syncissues", "conversationhistory")
KNOWN = (*SENT, *DRAFT, *SPAM, *TRASH)
LEFT_ALONE = frozenset({*DRAFT, *SPAM, *TRASH})


@dataclass(slots=True)
class Folders(Place):
    """`tree` has each folder's parent, `known` the ids of well-known ones, `links` the places.

    `more` are the links whose round is not over.
    """

    tree: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)

    def begin_round(self) -> None:
        """Every link is to be asked, the tree's first."""
        self.more = [TREE, *(each for each in self.links if each != TREE)]

    def place_of(self, folder: str) -> str:
        """The well-known name of the folder or of the nearest one above it that has one."""
        names = {folder_id: name for name, folder_id in self.known.items()}
        for each in self._upwards(folder):
            if each in names:
                return names[each]
        return ""

    def is_followed(self, folder: str) -> bool:
        """Whether mail that lies there is captured."""
        return self.place_of(folder) not in LEFT_ALONE

    def note(self, told: Iterable[dict[str, Any]]) -> None:
        """Folders that are new, moved or renamed. One told as removed is believed when it is."""
        for each in told:
            folder = str(each.get("id"))
            if "parentFolderId" in each:
                self.tree[folder] = str(each["parentFolderId"])
            elif "@removed" not in each:
                self.tree.setdefault(folder, "")

    def go_on(self, folder: str, link: str, *, is_over: bool) -> None:
        """The folder's next part is behind that link, in this round or in the next one."""
        if folder in self.links:
            self.links[folder] = link
        if is_over and folder in self.more:
            self.more.remove(folder)

    def drop(self, folder: str) -> None:
        """The folder is gone."""
        self.tree.pop(folder, None)
        self.links.pop(folder, None)
        self.more = [each for each in self.more if each != folder]

    def follow(self, first_link: str) -> list[str]:
        """Give every folder that is followed a link, and take it from the others; the new ones.

        `{}` in `first_link` stands for the folder.
        """
        wanted = [each for each in self.tree if self.is_followed(each)]
        new = [each for each in wanted if each not in self.links]
        for each in set(self.links) - set(wanted) - {TREE}:
            del self.links[each]
        self.links |= {each: first_link.format(quote(each, safe="")) for each in new}
        self.more = [each for each in self.more if each in self.links]
        return new

    def _upwards(self, folder: str) -> Iterator[str]:
        seen: set[str] = set()
        while folder and folder not in seen:
            yield folder
            seen.add(folder)
            folder = self.tree.get(folder, "")
