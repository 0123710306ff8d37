"""What is read of a request, and whose address counts."""

import hmac
from asyncio import Future, new_event_loop
from datetime import UTC, datetime

import pytest

from backend import clock
from backend.edge.arrivals import Arrival, HitMaker, client_address, printable, reader_key
from backend.tracking.facts import Kind, NetworkFacts

SALT = b"s" * 32
LOOP = new_event_loop()
LOOP.close()  # its futures are never awaited here
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Lines:
    """Header lines, as granian gives them."""

    def __init__(self, *lines):
        self.lines = lines

    def get(self, key):
        found = self.get_all(key)
        return found[0] if found else None

    def get_all(self, key):
        return [value for name, value in self.lines if name == key]

    def keys(self):
        return [name for name, _ in self.lines]


class Everywhere:
    """Networks that know one country."""

    def facts(self, address):
        return NetworkFacts(country="CH" if address == "203.0.113.9" else None)


FORWARDED = "x-forwarded-for"
ADDRESSES = (
    ("the peer", "192.0.2.1:1234", (), 0, "192.0.2.1"),
    ("an IPv6 peer", "[2001:db8::1]:1234", (), 0, "2001:db8::1"),
    ("nobody is trusted", "192.0.2.1:1", ["203.0.113.9"], 0, "192.0.2.1"),
    ("one proxy", "10.0.0.1:1", ["203.0.113.9"], 1, "203.0.113.9"),
    ("the left-most is the attacker's", "10.0.0.1:1", ["1.1.1.1, 203.0.113.9"], 1, "203.0.113.9"),
    ("so is a line of his own", "10.0.0.1:1", ["1.1.1.1", "203.0.113.9"], 1, "203.0.113.9"),
    ("two proxies", "10.0.0.1:1", ["1.1.1.1, 203.0.113.9, 10.0.0.2"], 2, "203.0.113.9"),
    ("fewer entries than proxies", "10.0.0.1:1", ["203.0.113.9"], 3, "203.0.113.9"),
    ("a proxy that adds nothing", "10.0.0.1:1", (), 1, "10.0.0.1"),
    ("empty entries", "10.0.0.1:1", [" , ,"], 1, "10.0.0.1"),
    ("an entry with its port", "10.0.0.1:1", ["203.0.113.9:443"], 1, "203.0.113.9"),
    ("IPv6 with its port", "10.0.0.1:1", ["[2001:db8::1]:443"], 1, "2001:db8::1"),
    ("IPv6 without", "10.0.0.1:1", ["2001:db8::1"], 1, "2001:db8::1"),
)


@pytest.mark.parametrize(
    ("why", "peer", "forwarded", "hops", "address"), ADDRESSES, ids=[row[0] for row in ADDRESSES]
)
def test_the_address_comes_from_the_side_we_trust(why, peer, forwarded, hops, address):
    headers = Lines(*[(FORWARDED, line) for line in forwarded])

    assert client_address(peer, headers, hops) == address, why


def sealed(salt):
    return hmac.new(salt, digestmod="sha256")


def test_every_hit_of_a_batch_has_an_id_of_its_own():
    arrivals = [
        Arrival(Kind.OPEN, "t" * 32, NOON, "1.1.1.1:1", Lines(), Future(loop=LOOP))
        for _ in range(100)
    ]

    hits = HitMaker(Everywhere(), 0).hits(arrivals, SALT)

    assert len({hit.id for hit in hits}) == 100


KEYS = (
    ("a neighbour in the same /24", "203.0.113.9", "203.0.113.200", "A", "A", True),
    ("another network", "203.0.113.9", "203.0.114.9", "A", "A", False),
    ("another program", "203.0.113.9", "203.0.113.9", "A", "B", False),
    ("the same /48 of IPv6", "2001:db8:1:2::3", "2001:db8:1:ffff::9", "A", "A", True),
    ("another /48", "2001:db8:1::3", "2001:db8:2::3", "A", "A", False),
    ("IPv4 written as IPv6", "203.0.113.9", "::ffff:203.0.113.9", "A", "A", True),
)


@pytest.mark.parametrize(
    ("why", "one", "two", "agent", "other", "same"), KEYS, ids=[row[0] for row in KEYS]
)
def test_a_reader_key_is_one_reader_on_one_day(why, one, two, agent, other, same):
    today, tomorrow = sealed(SALT), sealed(b"t" * 32)

    assert (reader_key(today, one, agent) == reader_key(today, two, other)) is same, why
    assert reader_key(today, one, agent) != reader_key(tomorrow, one, agent)


def test_what_is_no_address_still_gets_a_key():
    assert len(reader_key(sealed(SALT), "unknown", "A")) == 16


def test_control_characters_and_line_separators_are_taken_out():
    assert printable("a\x1b[31m\r\n\u2028b\x85é\x7f", 100) == "a[31mbé"
    assert printable("x" * 600, 512) == "x" * 512


def test_only_the_headers_we_judge_by_are_kept():
    headers = Lines(
        ("user-agent", "Agent"),
        ("dnt", "1"),
        ("purpose", "p" * 300),
        ("cookie", "secret"),
        ("referer", "http://private.test/"),
        (FORWARDED, "203.0.113.9"),
    )
    arrival = Arrival(
        Kind.UNSUBSCRIBE,
        "t" * 32,
        NOON,
        "10.0.0.1:1",
        headers,
        Future(loop=LOOP),
        {"action": "stop"},
    )

    (hit,) = HitMaker(Everywhere(), 1).hits([arrival], SALT)

    assert dict(hit.headers) == {"action": "stop", "dnt": "1", "purpose": "p" * 256}
    assert (hit.token, hit.kind, hit.user_agent) == ("t" * 32, Kind.UNSUBSCRIBE, "Agent")
    assert hit.network == NetworkFacts(country="CH")
    assert (hit.received_at, clock.id_time(hit.id)) == (NOON, NOON)


def test_a_header_cannot_pass_for_what_we_found_out_ourselves():
    headers = Lines(("self", "someone"), ("action", "stop"))

    arrival = Arrival(Kind.CLICK, "t" * 32, NOON, "1.1.1.1:1", headers, Future(loop=LOOP))

    (hit,) = HitMaker(Everywhere(), 0).hits([arrival], SALT)

    assert dict(hit.headers) == {}
