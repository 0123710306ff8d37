"""What is read of a request, and whose address counts."""

from datetime import UTC, datetime

import pytest

from backend import clock
from backend.edge.answers import GIF_ANSWER
from backend.edge.arrivals import HitMaker, client_address, printable, reader_key
from backend.edge.requests import Request
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.hitlog import pack, unpack
from backend.tracking.mac import Mac
from backend.tracking.ranges import address_number

SALT = b"s" * 32
NOBODY = None  # these are never answered
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def request(headers=None, peer="1.1.1.1"):
    lines = [f"{name}: {value}\r\n" for name, value in (headers or {}).items()]
    return Request(f"GET / HTTP/1.1\r\n{''.join(lines)}\r\n".encode(), peer, NOBODY)


def arrival(headers=None, peer="1.1.1.1", kind=Kind.OPEN, own_facts=None, token="t" * 32):
    answers = GIF_ANSWER, GIF_ANSWER
    return (request(headers, peer), kind, token, clock.micros(NOON), *answers, own_facts)


def hits(maker, *arrivals):
    return unpack(pack(maker.rows(arrivals, Mac(SALT))))


class Everywhere:
    """Networks that know one country."""

    def facts_at(self, version, number):
        is_there = (version, number) == address_number("203.0.113.9")
        return NetworkFacts(country="CH" if is_there else None)


FORWARDED = "x-forwarded-for"
ADDRESSES = (
    ("the peer", "192.0.2.1", (), 0, "192.0.2.1"),
    ("an IPv6 peer", "2001:db8::1", (), 0, "2001:db8::1"),
    ("nobody is trusted", "192.0.2.1", ["203.0.113.9"], 0, "192.0.2.1"),
    ("one proxy", "10.0.0.1", ["203.0.113.9"], 1, "203.0.113.9"),
    ("the left-most is the attacker's", "10.0.0.1", ["1.1.1.1, 203.0.113.9"], 1, "203.0.113.9"),
    ("so is a line of his own", "10.0.0.1", ["1.1.1.1", "203.0.113.9"], 1, "203.0.113.9"),
    ("two proxies", "10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.0.0.2"], 2, "203.0.113.9"),
    ("fewer entries than proxies", "10.0.0.1", ["203.0.113.9"], 3, "203.0.113.9"),
    ("a proxy that adds nothing", "10.0.0.1", (), 1, "10.0.0.1"),
    ("empty entries", "10.0.0.1", [" , ,"], 1, "10.0.0.1"),
    ("an entry with its port", "10.0.0.1", ["203.0.113.9:443"], 1, "203.0.113.9"),
    ("IPv6 with its port", "10.0.0.1", ["[2001:db8::1]:443"], 1, "2001:db8::1"),
    ("IPv4 in brackets", "10.0.0.1", ["[203.0.113.9]"], 1, "203.0.113.9"),
    ("brackets around nothing", "10.0.0.1", ["[]:443"], 1, "10.0.0.1"),
    ("IPv6 without", "10.0.0.1", ["2001:db8::1"], 1, "2001:db8::1"),
)


@pytest.mark.parametrize(
    ("why", "peer", "forwarded", "hops", "address"), ADDRESSES, ids=[row[0] for row in ADDRESSES]
)
def test_the_address_comes_from_the_side_we_trust(why, peer, forwarded, hops, address):
    assert client_address(peer, ",".join(forwarded), hops) == address, why


def test_every_hit_of_a_batch_has_an_id_of_its_own():
    made = hits(HitMaker(Everywhere(), 0), *[arrival() for _ in range(100)])

    assert len({hit.id for hit in made}) == 100


def test_each_hit_of_a_batch_is_of_its_own_reader():
    askers = (
        ({"user-agent": "A"}, "203.0.113.9"),
        ({"user-agent": "B"}, "203.0.113.9"),
        ({"user-agent": "A"}, "198.51.100.1"),
        ({"user-agent": "A", "dnt": "1"}, "203.0.113.9"),
    )
    alone = [hits(HitMaker(Everywhere(), 0), arrival(*one))[0] for one in askers]

    made = hits(HitMaker(Everywhere(), 0), *[arrival(*one) for one in askers])

    assert [hit[4:] for hit in made] == [hit[4:] for hit in alone]
    assert len({hit.reader_key for hit in made}) == 3


def test_what_has_no_token_of_ours_leaves_no_hit():
    made = hits(HitMaker(Everywhere(), 0), arrival(token=None), arrival(token="u" * 32))

    assert [hit.token for hit in made] == ["u" * 32]


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
    today, tomorrow = Mac(SALT), Mac(b"t" * 32)
    here, there = address_number(one), address_number(two)

    assert (reader_key(today, here, agent) == reader_key(today, there, other)) is same, why
    assert reader_key(today, here, agent) != reader_key(tomorrow, here, agent)


def test_what_is_no_address_still_gets_a_key():
    (hit,) = hits(HitMaker(Everywhere(), 0), arrival(peer="unknown"))

    assert (len(hit.reader_key), hit.network) == (16, NetworkFacts())


def test_control_characters_and_line_separators_are_taken_out():
    assert printable("a\x1b[31m\r\n\u2028b\x85é\x7f", 100) == "a[31mbé"
    assert printable("x" * 600, 512) == "x" * 512


def test_only_the_headers_we_judge_by_are_kept():
    headers = {
        "user-agent": "Agent",
        "dnt": "1",
        "purpose": "p" * 300,
        "cookie": "secret",
        FORWARDED: "203.0.113.9",
    }
    asked = arrival(headers, "10.0.0.1", Kind.UNSUBSCRIBE, {"action": "stop"})

    (hit,) = hits(HitMaker(Everywhere(), 1), asked)

    assert dict(hit.headers) == {"action": "stop", "dnt": "1", "purpose": "p" * 256}
    assert (hit.token, hit.kind, hit.user_agent) == ("t" * 32, Kind.UNSUBSCRIBE, "Agent")
    assert hit.network == NetworkFacts(country="CH")
    assert (hit.received_at, clock.id_time(hit.id)) == (NOON, NOON)


def test_a_header_cannot_pass_for_what_we_found_out_ourselves():
    asked = arrival({"self": "someone", "action": "stop"}, kind=Kind.CLICK)

    (hit,) = hits(HitMaker(Everywhere(), 0), asked)

    assert dict(hit.headers) == {}
