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
from backend.edge.requests import Request
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
# A request on its way through the log: its kind, its token, when it came (microseconds since 1970),
# how it is answered after the commit and how if the log could not take it, and what we know of it
# ourselves. Without a token it leaves no hit: it only waits as long as one that does, so that
# nobody can tell them apart.
Arrival = tuple[Request, Kind, str | None, int, Answer, Answer, Mapping[str, str] | None]
_PORT = re.compile(r"^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$")


class AddressFacts(Protocol):
    """Something that knows networks (backend.tracking.networks)."""

    def facts_at(self, version: int, number: int) -> NetworkFacts:
        """What is kept of that address."""


@dataclass(frozen=True, slots=True)
class HitMaker:
    """Makes hits of arrivals; `trusted_hops` is the number of reverse proxies that we believe."""

    networks: AddressFacts
    trusted_hops: int

    def rows(self, arrivals: Sequence[Arrival], mac: Mac) -> list[Row]:
        """The hits as they are stored, in the order of the arrivals, under the salt of the day."""
        # One system call for the whole batch.
        random = os.urandom(ID_RANDOM_BYTES * len(arrivals)).hex()
        # Of one batch, so that no address stays: a proxy's many fetches at once cost one key.
        readers: dict[tuple[str, str], _Reader] = {}
        hops = self.trusted_hops
        rows: list[Row] = []
        for start, (request, kind, token, received_at, _, _, own_facts) in zip(
            count(0, 2 * ID_RANDOM_BYTES), arrivals, strict=False
        ):
            if not token:
                continue
            agent, forwarded, headers = request.of_a_hit()
            asked = client_address(request.peer, forwarded, hops) if hops else request.peer, agent
            reader = readers.get(asked)
            if reader is None:
                reader = readers[asked] = self._reader(*asked, mac)
            user_agent, key, network = reader
            if headers or own_facts:
                headers = _judged(headers, own_facts or {})
            rows.append(
                (
                    clock.id_of(received_at, random[start : start + 2 * ID_RANDOM_BYTES]),
                    token,
                    kind._value_,
                    received_at,
                    user_agent,
                    headers,
                    key,
                    network,
                )
            )
        return rows

    def _reader(self, address: str, agent: str, mac: Mac) -> _Reader:
        user_agent = printable(agent, USER_AGENT_MAX)
        numbered = address_number(address)
        return (
            user_agent,
            reader_key(mac, numbered or (4, 0), user_agent).hex(),
            packed_network(self.networks.facts_at(*numbered) if numbered else _NOWHERE),
        )


def client_address(peer: str, forwarded: str, trusted_hops: int) -> str:
    """The address of whoever asked: the peer, or what the outermost trusted proxy saw.

    Counted from the right of all X-Forwarded-For lines: whatever stands further left was written
    by the client and is not believed.
    """
    if not trusted_hops:
        return peer
    if "," not in forwarded:  # one proxy, one address, is the usual: in half the time
        return _bare(forwarded.strip()) or peer
    seen = [entry for one in forwarded.split(",") if (entry := one.strip())]
    return (_bare(seen[-trusted_hops:][0]) if seen else "") or peer


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


def _judged(headers: Mapping[str, str], own_facts: Mapping[str, str]) -> dict[str, str]:
    return {**own_facts, **{name: printable(headers[name], HEADER_MAX) for name in headers}}


def _bare(entry: str) -> str:
    # Most are bare already: 0.06 us instead of 0.33.
    match = _PORT.match(entry) if ":" in entry or "[" in entry else None
    return (match[1] or match[2] or "") if match else entry
