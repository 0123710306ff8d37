"""Which links are wrapped and which are left alone, as an ordered list of reasons to leave."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from backend.mail.domains import is_under
from backend.mail.leave_patterns import (
    PLACEHOLDER,
    answers_an_invitation,
    unsubscribes,
    words_of,
    works_once,
)
from backend.mail.web_address import Fault, WebAddress, ascii_host
from backend.mail.zones import Zone

# Source: RFC 9110 section 4.1 (2026-11-22): all are asked to take addresses of 8,000 octets.
LONGEST_ADDRESS = 8000


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What is ours and what to leave.

    `own_hosts` are the hosts of today's and of every old tracking address, lower-case, with a port
    if it is not the scheme's own. `own_token(kind, text)` gives the canonical form of a token of
    ours (kind "o", "m", "c" or "u") or None. `left_domains` are left with all their subdomains.
    `local_hosts` are wrapped although they are private (of a machine for trying), written like
    `own_hosts`.
    """

    own_hosts: frozenset[str]
    own_token: Callable[[str, str], str | None]
    left_domains: frozenset[str] = frozenset()
    wrap_signature: bool = True
    local_hosts: frozenset[str] = frozenset()


class LeftReason(StrEnum):
    """Why a link keeps its address."""

    NOT_HTTP = "not_http"
    EMPTY_HOST = "empty_host"
    MALFORMED = "malformed"
    USERINFO = "userinfo"
    TOO_LONG = "too_long"
    PLACEHOLDER = "placeholder"
    PRIVATE_HOST = "private_host"
    OWN = "own"
    OPTED_OUT = "opted_out"
    UNSUBSCRIBE = "unsubscribe"
    CALENDAR = "calendar"
    ONE_TIME = "one_time"
    SIGNATURE = "signature"
    QUOTED = "quoted"


class Anchor(NamedTuple):
    """A link as it stands in the mail; `web` is its address understood, or why it is not."""

    url: str
    text: str
    web: WebAddress | Fault
    zone: Zone
    is_own: bool
    has_no_track: bool


def why_left(anchor: Anchor, rules: LinkRules) -> LeftReason | None:
    """The first reason to leave the link as it is, None if it is to be wrapped."""
    if anchor.is_own:
        return LeftReason.OWN
    if anchor.zone is Zone.QUOTED:
        return LeftReason.QUOTED
    reason = _by_address(anchor, rules) or _by_purpose(anchor)
    if reason is None and anchor.zone is Zone.SIGNATURE:
        return LeftReason.SIGNATURE
    return reason


def _by_address(anchor: Anchor, rules: LinkRules) -> LeftReason | None:
    """Whether the address is one to send a reader to; only then are its words looked at."""
    if len(anchor.url) > LONGEST_ADDRESS:
        return LeftReason.TOO_LONG
    if PLACEHOLDER.search(anchor.url):
        return LeftReason.PLACEHOLDER
    if isinstance(anchor.web, Fault):
        return LeftReason(anchor.web.value)
    if anchor.has_no_track or is_under(anchor.web.host, _in_ascii(rules.left_domains)):
        return LeftReason.OPTED_OUT
    if anchor.web.site not in rules.local_hosts and anchor.web.is_private:
        return LeftReason.PRIVATE_HOST
    return None


def _by_purpose(anchor: Anchor) -> LeftReason | None:
    words = words_of(anchor.url)
    if unsubscribes(words, anchor.text):
        return LeftReason.UNSUBSCRIBE
    if answers_an_invitation(words, anchor.url):
        return LeftReason.CALENDAR
    return LeftReason.ONE_TIME if works_once(words) else None


@lru_cache(maxsize=64)
def _in_ascii(domains: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(None, map(ascii_host, domains)))
