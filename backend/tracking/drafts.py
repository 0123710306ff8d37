"""What goes into a stamp call and what comes out of it, as values."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from backend.mail.address_list import Mailbox
from backend.settings import Settings
from backend.tracking.facts import Kind
from backend.tracking.policy import Judgement, Policy
from backend.tracking.tokens import TokenKeys


class Channel(StrEnum):
    """Which surface asks for the stamp."""

    OUTLOOK = "outlook"
    GMAIL = "gmail"
    RELAY = "relay"
    API = "api"


class State(StrEnum):
    """Where a stamp stands."""

    ARMED = "armed"
    STAMPED = "stamped"
    UNTRACKED = "untracked"
    SENT = "sent"
    DISARMED = "disarmed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody the mail goes to; `address` is normalised, role is to, cc or bcc."""

    role: str
    address: str
    name: str = ""


def recipients_in(**by_role: Iterable[Mailbox]) -> dict[str, Recipient]:
    """Whoever stands in these lines of a mail's header, by address; the first line counts."""
    found: dict[str, Recipient] = {}
    for role, mailboxes in by_role.items():
        for each in mailboxes:
            found.setdefault(each.address, Recipient(role, each.address, each.name))
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it is sent; `html` is neither stored nor logged.

    `opens` and `links` are the switches as already decided (the caller's choice or the default).
    `left_links` are addresses the sender keeps as they are; `refused` is why the caller knows that
    nothing can be measured, "" if it does not.
    """

    channel: Channel
    sender: str
    subject: str
    recipients: tuple[Recipient, ...]
    opens: bool
    links: bool
    compose_id: str | None = None
    html: str | None = field(default=None, repr=False)
    content_type: str = "text/html"
    per_recipient: bool = False
    left_links: frozenset[str] = frozenset()
    refused: str = ""
    sent_at: datetime | None = None


class StampedLink(NamedTuple):
    """A wrapped link as it stands in one copy."""

    id: str
    position: int
    text: str
    url: str
    tracked_url: str


@dataclass(frozen=True, slots=True)
class StampedCopy:
    """One recipient's own version of the mail."""

    address: str
    html: str | None
    pixel_url: str | None
    links: tuple[StampedLink, ...]


@dataclass(frozen=True, slots=True)
class Stamped:
    """The answer to a stamp call; where each has her own copy, `html` and `pixel_url` are None.

    If copies were asked for and the policy counts without persons, `copies` are all the one in
    `html`. `unstamped` is the body that was given, without anything of ours: a repeat gives the
    same answer whatever way its links are written.
    """

    id: str
    state: State
    reason: str
    html: str | None
    pixel_url: str | None
    links: tuple[StampedLink, ...]
    recipients: tuple[Judgement, ...]
    copies: tuple[StampedCopy, ...] = ()
    unstamped: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Host:
    """The tracking host as stamping needs it: its address, its keys and which hosts are ours."""

    tracking_url: str
    keys: TokenKeys
    own_hosts: frozenset[str]
    local_hosts: frozenset[str]
    digest: Callable[[str], str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The tracking host that these settings name."""
        key = hmac.digest(settings.secret.encode(), b"telltale content digest", "sha256")
        return cls(
            tracking_url=settings.tracking_url,
            keys=TokenKeys(settings.secret),
            own_hosts=settings.tracking_hosts,
            local_hosts=settings.local_hosts,
            digest=lambda text: hmac.new(
                key, text.encode("utf-8", "surrogatepass"), hashlib.sha256
            ).hexdigest(),
        )

    def under(self, policy: Policy) -> Self:
        """The same for an organisation: its own address, if it has one, and those it had before."""
        if not (policy.tracking_url or policy.old_tracking_hosts):
            return self
        own = {urlsplit(policy.tracking_url).netloc} if policy.tracking_url else set()
        return replace(
            self,
            tracking_url=policy.tracking_url or self.tracking_url,
            own_hosts=self.own_hosts | own | set(policy.old_tracking_hosts),
        )

    def url(self, kind: Kind, token: str) -> str:
        """The public address of a token."""
        is_picture = kind is Kind.OPEN or kind is Kind.MARKER
        return f"{self.tracking_url}/{kind}/{token}{'.gif' if is_picture else ''}"
