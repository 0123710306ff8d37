"""An address book at no provider: a log of what changed, told in pages; it refuses when told to."""

from collections import deque
from dataclasses import dataclass, field

from backend.providers.contacts import ContactPage, Entry
from backend.providers.mail import PlaceLost


@dataclass
class FakeContacts:
    """Implements ContactsProvider. `refusals` are raised one by one, each by the next call.

    Without `counts` it has no places, and tells all of it each time.
    """

    page: int = 2
    entries: dict[str, Entry] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    refusals: deque[Exception | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    unreadable: tuple[str, ...] = ()
    lost: int = -1  # this place and all before it
    counts: bool = True

    def put(self, provider_id: str, name: str = "", *addresses: str, **more: object) -> None:
        """An entry is new, or another one now."""
        self.entries[provider_id] = Entry(provider_id, name, addresses, **more)
        self.log.append(provider_id)

    def remove(self, provider_id: str) -> None:
        """Somebody deletes it."""
        del self.entries[provider_id]
        self.log.append(provider_id)

    def forget_changes(self) -> None:
        """All places until now are lost."""
        self.lost = len(self.log)

    def contacts(self, place: str, page: str | None) -> ContactPage:
        self.calls.append(page or place or "all")
        if self.refusals:
            refusal = self.refusals.popleft()
            if refusal is not None:
                raise refusal
        if place and int(place) <= self.lost:
            raise PlaceLost("EXPIRED_SYNC_TOKEN")
        ids = list(dict.fromkeys(self.log[int(place) :] if place else self.entries))
        start = int(page or 0)
        some, more = ids[start : start + self.page], start + self.page < len(ids)
        return ContactPage(
            tuple(self.entries[each] for each in some if each in self.entries),
            tuple(each for each in some if each not in self.entries),
            self.unreadable,
            place=str(len(self.log)) if self.counts and not more else "",
            next_page=str(start + self.page) if more else None,
        )
