"""What sync asks of a mail provider, in values that know no vendor and no table.

    baseline()            where changes are counted from; asked before the first listing
    changes(place, page)  ids that came or went since; the place moves on the last page only
    listing(since, page)  ids of mail since a day, newest first
    fetch(ids)            each mail, that it is gone, or that it cannot be had

Every call may raise one of the `ProviderError`s; nothing else comes out of a provider.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class ProviderError(Exception):
    """Root; `code` is the vendor's own word for it, for people who look for help."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class TryLater(ProviderError):
    """Too many calls, an outage, a cut answer: nothing is wrong with the mailbox or the mail."""

    def __init__(self, code: str = "", after_s: float | None = None) -> None:
        super().__init__(code)
        self.after_s = after_s


class NeedsReauth(ProviderError):
    """The grant is gone (revoked, expired, password changed): its owner has to connect anew."""


class NeedsAdmin(ProviderError):
    """An administrator has to allow or switch on something at the provider."""


class PlaceLost(ProviderError):
    """Changes since that place are no longer told: list anew."""


class Unreadable(ProviderError):
    """This one mail cannot be had; the others can."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose mailbox the grant opens: its address, and further ones that are its owner's."""

    address: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of changes. `place` is set on the last page, `next_page` on all others."""

    came: tuple[str, ...]
    went: tuple[str, ...] = ()
    place: str | None = None
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing, newest first; `expected` is the provider's own estimate of all."""

    ids: tuple[str, ...]
    next_page: str | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """One mail as the provider holds it; `raw` is all of it but attachments (RFC 5322).

    `mark` is the stamp's id that our add-in left beside a sent mail, where the provider keeps it.
    """

    provider_id: str
    thread_id: str
    received_at: datetime
    is_sent: bool
    is_draft: bool
    is_spam: bool
    is_trash: bool
    raw: bytes = field(repr=False)
    mark: str = ""


Fetched = FetchedMail | Unreadable | None


class MailProvider(Protocol):
    """One mailbox at one provider."""

    def identity(self) -> Identity:
        """Whose mailbox this is."""

    def baseline(self) -> str:
        """The place from which changes are to be told."""

    def changes(self, place: str, page: str | None) -> Changes:
        """A page of what came or went since the place. Raises PlaceLost if that is too long ago."""

    def listing(self, since: datetime, page: str | None) -> Listing:
        """A page of the ids of all mail since then."""

    def fetch(self, ids: Sequence[str]) -> Iterator[tuple[str, Fetched]]:
        """Each mail with its id, None for one that is gone, Unreadable for one that is broken.

        As many at once as the provider likes; what raises comes after what was had.
        """
