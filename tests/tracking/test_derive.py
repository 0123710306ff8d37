from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.tracking.classify import Group
from backend.tracking.derive import Reader, derive, reader_of
from backend.tracking.facts import Kind
from tests.tracking.made import (
    APPLE_MPP,
    CHROME,
    GMAIL_PROXY,
    OUTLOOK,
    SENDING,
    THUNDERBIRD,
    clicked,
    network,
    opened,
    other,
    ruled,
)

CYCLE_S = 60
HOUR = 3600  # SENT_AT is a full hour, so cycles begin at whole minutes after the send


def derived(*hits, cycle_s=CYCLE_S, readers=()):
    return derive(hits, ruled(*hits), cycle_s, readers)


# why, seconds of opens by one reader, (repeats of each engagement)
CYCLES = [
    ("one open", [HOUR], [0]),
    ("a repeat in the cycle", [HOUR, HOUR + 59.9], [1]),
    ("a second later, but in the next cycle", [HOUR + 59.5, HOUR + 60], [0, 0]),
    ("many repeats, then another cycle", [HOUR + s for s in (0, 1, 2, 61)], [2, 0]),
    ("an empty cycle between", [HOUR, HOUR + 125], [0, 0]),
]


@pytest.mark.req("R18", "R31")
@pytest.mark.parametrize(
    ("seconds", "repeats"), [row[1:] for row in CYCLES], ids=[row[0] for row in CYCLES]
)
def test_repeats_within_a_cycle_fold(seconds, repeats):
    found = derived(*[opened(s) for s in seconds])

    assert [one.repeats for one in found] == repeats


@pytest.mark.req("R18")
def test_another_cycle_length_recounts_the_same_hits():
    hits = [opened(HOUR + 20 * at) for at in range(6)]

    assert [len(derived(*hits, cycle_s=s)) for s in (10, 60, 120)] == [6, 2, 1]


def test_the_first_hit_names_the_engagement():
    first, last = opened(HOUR), opened(HOUR + 30)

    [one] = derived(last, first)

    assert (one.id, one.occurred_at, one.last_at) == (first.id, first.received_at, last.received_at)


def test_the_cycle_is_that_of_the_clock_not_of_the_first_hit():
    hit = opened(HOUR)
    early = hit._replace(id="a", received_at=datetime(2026, 11, 2, 10, 0, 59, 999999, tzinfo=UTC))
    late = hit._replace(id="b", received_at=datetime(2026, 11, 2, 10, 1, 0, tzinfo=UTC))

    assert len(derived(early, late)) == 2


@pytest.mark.req("R20", "R31")
def test_a_machines_open_never_swallows_a_persons():
    key = b"same"
    hits = [
        opened(HOUR, APPLE_MPP, reader_key=key),
        opened(HOUR + 1, OUTLOOK, reader_key=key),
        opened(HOUR + 2, APPLE_MPP, reader_key=key),
    ]

    found = derived(*hits)

    assert [(one.group, one.is_counted, one.repeats) for one in found] == [
        (Group.AUTOMATIC, False, 1),
        (Group.PERSON, True, 0),
    ]


# why, two hits that stay apart
APART = [
    ("other readers", opened(HOUR, reader_key=b"a"), opened(HOUR + 1, reader_key=b"b")),
    ("other copies", opened(HOUR, copy="a"), opened(HOUR + 1, copy="b")),
    ("other links", clicked(HOUR, link="a"), clicked(HOUR + 9, link="b")),
    ("an open and a click", opened(HOUR), clicked(HOUR + 1)),
]


@pytest.mark.parametrize(("one", "two"), [row[1:] for row in APART], ids=[row[0] for row in APART])
def test_what_does_not_belong_together_stays_apart(one, two):
    assert len(derived(one, two)) == 2


def test_the_surest_ruling_speaks_for_the_fold():
    key = b"same"
    hits = [opened(HOUR, reader_key=key), opened(HOUR + 1, OUTLOOK, reader_key=key)]

    [one] = derived(*hits)

    assert (one.rule, one.confidence, one.client) == ("mail_client_open", 0.9, hits[1].agent.client)
    assert one.occurred_at == hits[0].received_at


@pytest.mark.req("R19", "R21")
def test_a_proxy_gives_no_place_and_no_device():
    [one] = derived(opened(HOUR, GMAIL_PROXY, network=network("google", country="US")))

    assert (one.country, one.device, one.client_label) == (None, "", "Gmail (device hidden)")


@pytest.mark.req("R27")
def test_a_direct_client_gives_its_country():
    [one] = derived(opened(HOUR, OUTLOOK, network=network(country="DE")))

    assert (one.country, one.hints) == ("DE", ())


@pytest.mark.req("R20")
def test_apples_relay_gives_a_country_that_is_marked():
    [one] = derived(opened(HOUR, APPLE_MPP, network=network("apple-relay", country="DE")))

    assert (one.country, one.hints) == ("DE", ("country_is_approximate",))


def test_markers_are_the_senders_opens_and_unsubscribes_keep_their_kind():
    found = derived(other(Kind.MARKER, HOUR), other(Kind.UNSUBSCRIBE, HOUR + 70))

    assert [(one.kind, one.verdict) for one in found] == [
        ("open", "self"),
        ("unsubscribe", "human"),
    ]


HOME, ABROAD = network(asn=1, country="DE"), network(asn=2, country="FR")
NEXT_DOOR = network(asn=2, country="DE")


def read(seconds, agent, where, **more):
    return opened(seconds, agent, network=where, **{"is_one_recipient": True, **more})


# why, first open, second open, hints of the second
FORWARDS = [
    (
        "another program abroad",
        read(HOUR, OUTLOOK, HOME),
        read(2 * HOUR, THUNDERBIRD, ABROAD),
        ("maybe_forwarded", "other_client", "other_country"),
    ),
    (
        "another program in another network",
        read(HOUR, OUTLOOK, HOME),
        read(2 * HOUR, THUNDERBIRD, NEXT_DOOR),
        ("maybe_forwarded", "other_client", "other_network"),
    ),
    (
        "the same family on the road",
        read(HOUR, OUTLOOK, HOME),
        read(2 * HOUR, "Outlook-iOS/711.3061168.prod.iphone", ABROAD),
        (),
    ),
    ("the same network", read(HOUR, OUTLOOK, HOME), read(2 * HOUR, THUNDERBIRD, HOME), ()),
    (
        "nothing known of the networks",
        read(HOUR, OUTLOOK, network()),
        read(2 * HOUR, THUNDERBIRD, network()),
        (),
    ),
    ("a proxy is no reader", read(HOUR, OUTLOOK, HOME), read(2 * HOUR, GMAIL_PROXY, ABROAD), ()),
    (
        "a shared copy has several readers",
        read(HOUR, OUTLOOK, HOME, is_one_recipient=False),
        read(2 * HOUR, THUNDERBIRD, ABROAD, is_one_recipient=False),
        (),
    ),
    (
        "a click in a browser is the same person",
        read(HOUR, OUTLOOK, HOME),
        clicked(2 * HOUR, CHROME, network=ABROAD, is_one_recipient=True),
        (),
    ),
]


@pytest.mark.req("R26")
@pytest.mark.parametrize(
    ("first", "second", "hints"), [row[1:] for row in FORWARDS], ids=[row[0] for row in FORWARDS]
)
def test_a_second_reader_gives_the_hint_maybe_forwarded(first, second, hints):
    one, two = derived(first, second)

    assert (one.hints, two.hints) == ((), hints)
    assert two.copy == first.copy, "the recipient stays the original one"


@pytest.mark.req("R26")
def test_readers_of_earlier_windows_are_remembered():
    first, second = read(HOUR, OUTLOOK, HOME), read(2 * HOUR, THUNDERBIRD, ABROAD)
    reader = reader_of(first, ruled(first)[0])

    [one] = derived(second, readers=[reader])

    assert reader == Reader("copy", "open", "Outlook", 1, "DE")
    assert one.hints[0] == "maybe_forwarded"


def test_the_second_reader_is_hinted_at_once_only():
    hits = [
        read(HOUR, OUTLOOK, HOME),
        read(2 * HOUR, THUNDERBIRD, ABROAD),
        read(3 * HOUR, THUNDERBIRD, ABROAD),
    ]

    assert [bool(one.hints) for one in derived(*hits)] == [False, True, False]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1000),
            st.sampled_from([CHROME, APPLE_MPP, GMAIL_PROXY, "curl/8.5.0"]),
            st.sampled_from([b"a", b"b"]),
        ),
        max_size=40,
    ),
    st.sampled_from([1, 30, 60, 3600]),
)
@settings(max_examples=100)
def test_no_hit_is_lost_and_none_is_counted_twice(rows, cycle_s):
    hits = [
        opened(s, agent, reader_key=key)._replace(id=f"{at:04}")
        for at, (s, agent, key) in enumerate(rows)
    ]

    found = derive(hits, ruled(*hits, sending=SENDING), cycle_s)

    assert sum(one.repeats + 1 for one in found) == len(hits)
    assert len({one.id for one in found}) == len(found)
    assert [one.occurred_at for one in found] == sorted(one.occurred_at for one in found)
