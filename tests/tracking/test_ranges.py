import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.tracking.ranges import (
    Tagged,
    address_number,
    cidrs,
    merge,
    parse_cidr,
    segments,
    subtract,
)

SMALL = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair))),
    max_size=12,
)


def members(spans):
    return {number for first, last in spans for number in range(first, last + 1)}


@given(SMALL)
def test_merging_keeps_every_address_and_leaves_gaps(spans):
    merged = merge(spans)

    assert members(merged) == members(spans)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(merged))


@given(SMALL, SMALL)
def test_subtracting_is_taking_the_addresses_away(spans, taken):
    assert members(subtract(spans, taken)) == members(spans) - members(taken)


@given(SMALL)
def test_cidr_blocks_cover_exactly_the_ranges(spans):
    blocks = [parse_cidr(text) for text in cidrs(4, merge(spans))]

    assert members(span for _, span in blocks) == members(spans)


@given(SMALL, SMALL)
def test_segments_say_for_each_address_in_which_lists_it_is(first, second):
    lists = {"one": first, "two": second}
    cut = segments([Tagged(one[0], one[1], name) for name, spans in lists.items() for one in spans])

    for number in range(90):
        expected = tuple(sorted(name for name in lists if number in members(lists[name])))
        assert cut.at(number) == (expected, "")


def test_the_narrowest_range_names_the_country():
    cut = segments([Tagged(0, 100, "a", "DE"), Tagged(10, 20, "a", "FR"), Tagged(12, 14, "b")])

    assert [cut.at(number)[1] for number in (5, 10, 13, 21)] == ["DE", "FR", "FR", "DE"]
    assert cut.at(101) == ((), "")


@given(st.ip_addresses())
def test_an_address_is_read_like_the_standard_library_reads_it(address):
    mapped = getattr(address, "ipv4_mapped", None)
    expected = mapped or address

    assert address_number(str(address)) == (expected.version, int(expected))


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "x", "", "10.0.0.0/8 x"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match=r"network|host bits|prefix"):
        parse_cidr(text)


def test_a_single_address_is_a_network_of_one():
    number = int(ipaddress.ip_address("2001:db8::1"))

    assert parse_cidr("2001:db8::1") == (6, (number, number))
