"""What sync asks of an address book at a provider, in values that know no vendor and no table.

    contacts(place, page)  what changed since the place; the whole book where the place is ""

A call raises one of `backend.providers.mail`'s ProviderErrors and nothing else.
"""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as the provider writes it; its main address comes first.

    `former` are ids that it had before, where the provider changes them.
    """

    provider_id: str
    name: str = field(default="", repr=False)
    addresses: tuple[str, ...] = field(default=(), repr=False)
    company: str = field(default="", repr=False)
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page. `next_page` is set on all but the last; `place` on the last.

    `gone` are ids of entries that were removed, `unreadable` of those that cannot be read. A place
    of "" says that the provider counts no changes: all is told anew the next time.
    """

    entries: tuple[Entry, ...]
    gone: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    place: str = ""
    next_page: str | None = None


class ContactsProvider(Protocol):
    """One mailbox's own address book."""

    def contacts(self, place: str, page: str | None) -> ContactPage:
        """A page of what changed since the place. Raises PlaceLost if that is too long ago."""
