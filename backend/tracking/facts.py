"""What is known of one hit, as values that travel from the edge to the rules.

A hit is a fact: it is stored as it came and never edited. What it means is decided in
`classify` and can be decided again. What is made for every hit is a named tuple: a frozen
dataclass takes five times as long to make.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

NOTHING: Mapping[str, str] = {}  # no MappingProxyType: hits go to other processes


class Kind(StrEnum):
    """What was fetched; the value is the first path segment and part of the token's MAC."""

    OPEN = "o"
    MARKER = "m"
    CLICK = "c"
    UNSUBSCRIBE = "u"


# For what is asked of every hit: until Python 3.12 a name looked up in an enum takes ten times as
# long as one of a module.
OPEN, MARKER, CLICK, UNSUBSCRIBE = Kind.OPEN, Kind.MARKER, Kind.CLICK, Kind.UNSUBSCRIBE


class NetworkFacts(NamedTuple):
    """What is kept of an address, which itself is dropped at the edge.

    `country` is ISO 3166 alpha-2; `is_approximate` says that it is a relay's or a proxy's.
    `lists` holds the ids of the published network lists that contained the address at that
    moment, sorted.
    """

    asn: int | None = None
    country: str | None = None
    is_approximate: bool = False
    lists: tuple[str, ...] = ()


class RawHit(NamedTuple):
    """One row of the hit log.

    `id` is a UUIDv7 whose time is `received_at`; `token` is canonical (32 lower-case characters);
    `user_agent` has at most 512 characters, none of them a control character. `headers` holds only
    what the rules read, by lower-case name, each value at most 256 characters: x-requested-with,
    sec-purpose, purpose, x-purpose, x-moz, sec-gpc, dnt, and our own `self` (user id of the signed
    "this is me" cookie) and `action` (kind u: "unsubscribe" or "stop").
    `reader_key` is 16 bytes: HMAC(salt of the day, network prefix + user agent).
    """

    id: str
    token: str
    kind: Kind
    received_at: datetime
    user_agent: str = ""
    headers: Mapping[str, str] = NOTHING
    reader_key: bytes = b""
    network: NetworkFacts = NetworkFacts()
