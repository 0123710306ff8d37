"""The words of judging: what goes into the rules and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from tomllib import loads
from typing import NamedTuple

from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.lists import ListInfo, shipped_infos
from backend.tracking.signatures import Agent

_DATA = Path(__file__).parent / "data"

# Source: the table of recommended rules; a screen says "likely" from 0.8 and "possibly" below.
HIGH = 0.9
MEDIUM = 0.8
LOW = 0.5


class Verdict(StrEnum):
    """What we take a hit for."""

    HUMAN = "human"
    IMAGE_PROXY = "image_proxy"
    APPLE_MPP = "apple_mpp"
    PREFETCH = "prefetch"
    SCANNER = "scanner"
    UNFURLER = "unfurler"
    SELF = "self"
    SUSPECTED = "suspected"
    UNKNOWN = "unknown"


class Group(StrEnum):
    """Which hits may fold into one engagement: a machine's open never swallows a person's."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    SELF = "self"
    PENDING = "pending"


class Facts(NamedTuple):
    """One hit as the rules see it; nothing in it is ever changed by them.

    `copy` is the stamped copy whose pixel or link was fetched, `link` the tracked link (None for
    a pixel). `is_prefetch` comes from the Purpose headers, `is_self_cookie` from our own signed
    cookie, `has_gpc` from Sec-GPC or DNT. `is_one_recipient`: the copy went to one person only.
    """

    id: str
    kind: Kind
    received_at: datetime
    agent: Agent
    network: NetworkFacts
    reader_key: bytes
    copy: str
    link: str | None = None
    is_prefetch: bool = False
    is_self_cookie: bool = False
    has_gpc: bool = False
    is_one_recipient: bool = False


class Sending(NamedTuple):
    """What is known of the send that these hits belong to.

    `sent_at` is None until somebody confirmed it. `link_count` is the number of different links in
    the mail. `self_views` are the moments at which the sender's panel said "I am looking at it".
    `honeypot` is the hidden link, if the mail got one (none does yet).
    """

    sent_at: datetime | None
    link_count: int = 0
    self_views: tuple[datetime, ...] = ()
    honeypot: str | None = None


@dataclass(frozen=True, slots=True)
class Tuning:
    """Every window and threshold of the rules; times in seconds unless the name says otherwise."""

    # A mail's Date has whole seconds and the provider's clock is not ours (RFC 5322 section 3.3).
    clock_skew_s: float = 2
    # Source: outsolvi.com, shlokjain2031/email-tracker: match the next pixel within 5 to 10 s.
    self_view_before_s: float = 5
    self_view_after_s: float = 10
    # Source: github.com/gophish/gophish/issues/1390: fetched "within seconds" of delivery.
    proxy_haste_s: float = 5
    # Source: github.com/warmbly/warmbly/pull/412 (its window for networks that may carry people).
    scan_window_s: float = 15 * 60
    # Source: github.com/mautic/mautic/issues/9798, autoemails: three links in 2 s, all within 10 s.
    burst_links: int = 3
    burst_s: float = 5
    pair_s: float = 1
    # Source: github.com/mautic/mautic/issues/8692: every single link within 10 s.
    all_links_least: int = 4
    all_links_s: float = 10
    burst_opens_s: float = 10
    # Source: github.com/mautic/mautic/issues/9798: hits around the hidden link, tuned up to 60 s.
    honeypot_s: float = 60
    # Source: Mautic BotRatioHelper.php (2 s), Collie (1.5 s); a person needs to see the mail first.
    click_haste_s: float = 3
    open_haste_s: float = 2
    # Source: github.com/resend/resend-node/issues/901: +12 s, other system, other network.
    recheck_s: float = 30
    # Source: github.com/warmbly/warmbly/pull/569: delivery-time fetches against reads at +24 min.
    bare_webkit_s: float = 60
    # Source: AS15169 Google, AS8075/8068/8069 Microsoft (RIPE, ARIN; 2026-11-22).
    google_asns: frozenset[int] = frozenset({15169})
    microsoft_asns: frozenset[int] = frozenset({8075, 8068, 8069})
    scanner_asns: frozenset[int] = field(default_factory=lambda: shipped_scanner_asns())
    hosting_asns: frozenset[int] = frozenset()
    lists: Mapping[str, ListInfo] = field(default_factory=shipped_infos)

    @property
    def longest_window(self) -> timedelta:
        """So long after the send no rule asks how long it was."""
        hasty = max(self.click_haste_s, self.open_haste_s, self.proxy_haste_s)
        return timedelta(seconds=max(self.scan_window_s, self.bare_webkit_s, hasty))

    @property
    def radius(self) -> timedelta:
        """How far apart in time two hits can be and one still change the other's ruling.

        The longest chain: a honeypot or a burst unmasks a click that another click, within
        `recheck_s`, was measured against.
        """
        burst = max(self.burst_s, self.all_links_s, self.pair_s)
        near = max(self.honeypot_s, burst + self.burst_opens_s)
        views = self.self_view_before_s + self.self_view_after_s
        return timedelta(seconds=max(self.recheck_s + near, views))


class Ruling(NamedTuple):
    """What the rules decided for one hit, by which rule, and why (codes)."""

    verdict: Verdict
    group: Group
    is_counted: bool
    confidence: float
    reasons: tuple[str, ...]
    rule: str


@cache
def ruling(
    rule: str, verdict: Verdict, confidence: float, *reasons: str, is_counted: bool = False
) -> Ruling:
    """A ruling with the group that follows from it: whatever counts is taken for a person."""
    if is_counted:
        group = Group.PERSON
    elif verdict is Verdict.SELF:
        group = Group.SELF
    else:
        group = Group.PENDING if verdict is Verdict.UNKNOWN else Group.AUTOMATIC
    return Ruling(verdict, group, is_counted, confidence, reasons, rule)


def shipped_scanner_asns() -> frozenset[int]:
    """The network numbers of data/scanner-asns.toml."""
    entries = loads((_DATA / "scanner-asns.toml").read_text("utf-8"))["network"]
    return frozenset(number for entry in entries for number in entry["asns"])
