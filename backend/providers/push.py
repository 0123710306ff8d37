"""What sync asks of a provider that tells by itself that something changed.

What it tells is a hint and no more: it only brings the next look at the mailbox forward.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Channel:
    """What is asked for: `kind` is mail or calendar, `secret` comes back with each notice."""

    kind: str
    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What the provider gave: its id, and until when it tells.

    It is renewed at half of that, or earlier where the provider wants it so.
    """

    provider_id: str
    ends_at: datetime
    renew_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider told, of which nothing is believed; `secret` shows that it was the provider.

    `event` is what happened to the subscription itself, "" where something changed in the mailbox:
    then `facts` tell one change from another. One that `is_ending` is to be renewed now.
    """

    provider_id: str
    secret: str = field(repr=False)
    event: str
    facts: str
    is_ending: bool = False


class PushProvider(Protocol):
    """One mailbox. Every call may raise one of `backend.providers.mail`'s ProviderErrors.

    `kinds` are those of which it tells.
    """

    kinds: tuple[str, ...]

    def subscribe(self, channel: Channel) -> Subscribed:
        """Be told of changes from now on."""

    def renew(self, provider_id: str, until: datetime) -> Subscribed:
        """Go on being told. Raises PlaceLost where the provider has given it up."""

    def end(self, provider_id: str) -> None:
        """Be told no more; nothing where the provider had ended it."""
