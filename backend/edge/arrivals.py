"""From a request to the hit that is stored: what is read of it, how much, and whose address counts.

The address is used for the network facts and the reader key and is then dropped, with the batch
that its hit was in; it is never stored, logged or cached.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import orjson

from backend import clock
from backend.edge.answers import Answer
from backend.edge.requests import JUDGED_HEADERS, Request
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.hitlog import Row, packed_network
from backend.tracking.mac import Mac
from backend.tracking.ranges import address_number

USER_AGENT_MAX = 512
HEADER_MAX = 256
READER_KEY_BYTES = 16
ID_RANDOM_BYTES = 10
# Bits of an address that do not tell one reader from another: /24 of IPv4, /48 of IPv6.
_HOST_BITS = {4: 8, 6: 80}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOWHERE = NetworkFacts()
# What a row says of whoever asked: the agent, the reader key in hex, the network.
_Reader = tuple[str, str, orjson.Fragment]
_PORT = re.compile(r"^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$")


class AddressFacts(Protocol):
    """Something that knows networks (backend.tracking.networks)."""

    def facts_at(self, version: int, number: int) -> NetworkFacts:
        """What is kept of that address."""


@dataclass(slots=True)
class Arrival:
    """A request on its way through the log; after the commit it is answered.

    With `answer`, or with `otherwise` if the log could not take it. Without a token it leaves no
    hit: it only waits as long as one that does, so that nobody can tell them apart.
    `received_at` in microseconds since 1970.
    """

    request: Request
    kind: Kind
    token: str | None
    received_at: int
    answer: Answer
    otherwise: Answer
    own_facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class HitMaker:
    """Makes hits of arrivals; `trusted_hops` is the number of reverse proxies that we believe."""

    networks: AddressFacts
    trusted_hops: int

    def rows(self, arrivals: Sequence[Arrival], mac: Mac) -> list[Row]:
        """The hits as they are stored, in the order of the arrivals, under the salt of the day."""
        # One system call for the whole batch.
        random = os.urandom(ID_RANDOM_BYTES * len(arrivals))
        # Of one batch, so that no address stays: a proxy's many fetches at once cost one key.
        readers: dict[tuple[str, str], _Reader] = {}
        rows: list[Row] = []
        for start, arrival in zip(count(0, ID_RANDOM_BYTES), arrivals, strict=False):
            if not arrival.token:
                continue
            headers = arrival.request.headers
            asked = self._address(arrival.request), headers.get("user-agent", "")
            reader = readers.get(asked)
            if reader is None:
                reader = readers[asked] = self._reader(*asked, mac)
            user_agent, key, network = reader
            rows.append(
                (
                    clock.id_of(arrival.received_at, random[start : start + ID_RANDOM_BYTES]),
                    arrival.token,
                    arrival.kind._value_,
                    arrival.received_at,
                    user_agent,
                    _judged(headers, arrival.own_facts),
                    key,
                    network,
                )
            )
        return rows

    def _address(self, request: Request) -> str:
        if self.trusted_hops:
            return client_address(request.peer, request.headers, self.trusted_hops)
        return request.peer

    def _reader(self, address: str, agent: str, mac: Mac) -> _Reader:
        user_agent = printable(agent, USER_AGENT_MAX)
        numbered = address_number(address)
        return (
            user_agent,
            reader_key(mac, numbered or (4, 0), user_agent).hex(),
            packed_network(self.networks.facts_at(*numbered) if numbered else _NOWHERE),
        )


def client_address(peer: str, headers: Mapping[str, str], trusted_hops: int) -> str:
    """The address of whoever asked: the peer, or what the outermost trusted proxy saw.

    Counted from the right of all X-Forwarded-For lines: whatever stands further left was written
    by the client and is not believed.
    """
    if trusted_hops:
        chain = headers.get("x-forwarded-for", "").split(",")
        seen = [entry for one in chain if (entry := one.strip())]
        if seen:
            return _bare(seen[-trusted_hops:][0])
    return peer


def reader_key(mac: Mac, address: tuple[int, int], user_agent: str) -> bytes:
    """A key that stays the same for one reader on one day and tells nothing once the salt is gone.

    HMAC, under the salt of the day, of the network prefix (/24, /48) and the agent.
    """
    version, number = address
    network = f"{version} {number >> _HOST_BITS[version]:x} {user_agent}"
    return mac.of(network.encode())[:READER_KEY_BYTES]


def printable(text: str, limit: int) -> str:
    """At most `limit` characters of it, without control characters and line separators."""
    text = text[:limit]
    return text if text.isascii() and text.isprintable() else _UNPRINTABLE.sub("", text)


def _judged(headers: Mapping[str, str], own_facts: Mapping[str, str] | None) -> dict[str, str]:
    found = dict(own_facts) if own_facts else {}
    if JUDGED_HEADERS.isdisjoint(headers):
        return found
    for name in JUDGED_HEADERS.intersection(headers):
        found[name] = printable(headers[name], HEADER_MAX)
    return found


def _bare(entry: str) -> str:
    # Most are bare already: 0.06 us instead of 0.33.
    match = _PORT.match(entry) if ":" in entry or "[" in entry else None
    return (match[1] or match[2]) if match else entry
