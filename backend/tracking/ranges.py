"""Arithmetic on ranges of internet addresses, as whole numbers.

A range is (first, last), both included. IPv4 and IPv6 are kept apart: the same number means
two different addresses.
"""

import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Range = tuple[int, int]
Tags = tuple[tuple[str, ...], str]  # sorted list ids, country or ""

_MAPPED = b"\x00" * 10 + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2


def address_number(text: str) -> tuple[int, int] | None:
    """(4 or 6, the address as a number), or None for anything that is not an address.

    A zone id ("fe80::1%eth0") is dropped; an IPv4 address written as IPv6 counts as IPv4.
    """
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        packed = socket.inet_pton(family, text.partition("%")[0])
    except (OSError, ValueError):  # ValueError: a NUL, or letters outside ASCII
        return None
    if family == socket.AF_INET6 and packed.startswith(_MAPPED):
        packed = packed[12:]
    return (4 if len(packed) == 4 else 6), int.from_bytes(packed)


def parse_cidr(text: str) -> tuple[int, Range]:
    """(4 or 6, range) of "192.0.2.0/24" or of a single address.

    Raises: ValueError when it is not a network, or has bits set behind its prefix.
    """
    network = ipaddress.ip_network(text)
    return network.version, (int(network.network_address), int(network.broadcast_address))


def cidrs(version: int, spans: Iterable[Range]) -> Iterator[str]:
    """The fewest CIDR blocks that cover exactly these ranges, in their order."""
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    for first, last in spans:
        yield from map(str, ipaddress.summarize_address_range(kind(first), kind(last)))


def merge(spans: Iterable[Range]) -> list[Range]:
    """The same addresses as sorted ranges that neither touch nor overlap."""
    merged: list[Range] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def subtract(spans: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """What is left of `spans` without the addresses in `taken`; linear after sorting."""
    holes = merge(taken)
    left: list[Range] = []
    at = 0
    for span_first, last in merge(spans):
        first = span_first
        while at < len(holes) and holes[at][1] < first:
            at += 1
        hole = at  # a hole may reach into the next span too, so `at` stays behind
        while hole < len(holes) and holes[hole][0] <= last:
            if holes[hole][0] > first:
                left.append((first, holes[hole][0] - 1))
            first = holes[hole][1] + 1
            hole += 1
        if first <= last:
            left.append((first, last))
    return left


@dataclass(frozen=True, slots=True)
class Tagged:
    """One published range: in which list it stands and, where the list says so, its country."""

    first: int
    last: int
    list_id: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Segments:
    """Neighbouring stretches of one address family, each with what the lists say about it.

    `starts[i]` is where stretch i begins; it ends where the next one begins.
    """

    starts: list[int] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)

    def at(self, number: int) -> Tags:
        """(sorted list ids, country or "") of one address; two empty values outside all lists."""
        place = bisect_right(self.starts, number) - 1
        return self.tags[place] if place >= 0 else ((), "")


def segments(tagged: Sequence[Tagged]) -> Segments:
    """Cut overlapping ranges into stretches, so that one bisect answers for all lists.

    Where ranges of several countries overlap, the narrowest one names the country.
    """
    opening = sorted(tagged, key=lambda one: one.first)
    edges = sorted({one.first for one in tagged} | {one.last + 1 for one in tagged})
    found = Segments()
    seen: dict[Tags, Tags] = {}  # a long list has few different tags: keep one of each
    active: list[Tagged] = []
    arrived = 0
    for edge in edges:
        active = [one for one in active if one.last >= edge]
        while arrived < len(opening) and opening[arrived].first == edge:
            active.append(opening[arrived])
            arrived += 1
        tags = _tags(active)
        if not found.tags or tags != found.tags[-1]:
            found.starts.append(edge)
            found.tags.append(seen.setdefault(tags, tags))
    return found


def _tags(active: Sequence[Tagged]) -> Tags:
    ids = tuple(sorted({one.list_id for one in active}))
    named = [one for one in active if one.country]
    narrowest = min(named, key=lambda one: one.last - one.first, default=None)
    return ids, narrowest.country if narrowest else ""
