import random
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.tracking.classify import (
    RADIUS,
    RULES,
    TUNING,
    Facts,
    Group,
    Sending,
    Verdict,
    decide,
    judge,
)
from backend.tracking.facts import Kind
from backend.tracking.subject import Around, Subject
from backend.tracking.verdicts import ruling
from backend.words import CATALOGUES
from tests.tracking.labelled import cases
from tests.tracking.made import (
    APPLE_MPP,
    CHROME,
    CHROME_ON_MAC,
    GMAIL_PROXY,
    SENDING,
    SENT_AT,
    after,
    clicked,
    network,
    opened,
    other,
    ruled,
)

AGENTS = [CHROME, CHROME_ON_MAC, GMAIL_PROXY, APPLE_MPP, "curl/8.5.0", ""]
NETWORKS = [
    network(),
    network(asn=1),
    network(asn=2, country="DE"),
    network("microsoft-detonation"),
    network("microsoft-eop"),
]


def test_the_order_of_the_table_is_kept():
    words = [rule.__doc__ or "" for rule in RULES]
    rows = [one.split(":")[0] for one in words if one[:1].isdigit()]

    assert rows == [
        *("2", "3", "4", "5 and 6", "7", "8", "9", "10", "11", "12", "13", "14", "15"),
        *("16", "17", "18", "19", "20", "21", "22", "23"),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_gives_its_reason_and_its_source(rule):
    assert "Source:" in rule.__doc__


def test_rulings_bear_the_name_of_a_rule_and_explained_reasons():
    names = {rule.__name__ for rule in RULES}
    seen = {}
    for case in cases():
        for _, one in case.judged():
            seen[one.rule] = one
            assert one.rule in names
            assert one.reasons
            assert {f"reasons.{code}" for code in one.reasons} <= set(CATALOGUES["en"])

    assert set(seen) == names - {"unsubscribe_request"}


def test_whatever_counts_is_taken_for_a_person_and_nothing_else_is():
    for case in cases():
        for _, one in case.judged():
            assert (one.group is Group.PERSON) is one.is_counted


def test_rulings_come_in_the_order_of_the_hits_whatever_that_is():
    hits = [clicked(3612, network=NETWORKS[2]), clicked(3600, CHROME_ON_MAC, network=NETWORKS[1])]

    forward, backward = ruled(*hits), ruled(*reversed(hits))

    assert forward == backward[::-1]
    assert [one.rule for one in forward] == ["time_of_click", "browser_click"]


def test_no_hits_no_rulings():
    assert judge([], SENDING) == []


def test_a_browser_that_asks_not_to_be_tracked_counts_without_a_person():
    click, pixel = ruled(clicked(3600, has_gpc=True), opened(3600, has_gpc=True))

    assert click.is_counted
    assert "gpc_no_person" in click.reasons
    assert "gpc_no_person" not in pixel.reasons


def test_deciding_falls_through_to_the_last_rule():
    subject = Subject.of(opened(3600, "Nobody/1.0"), SENDING, TUNING, Around())

    assert decide(subject) == ruling(
        "anything_else", Verdict.UNKNOWN, 0.5, "not_recognised", is_counted=True
    )


@st.composite
def histories(draw) -> list[Facts]:
    """Hits close enough together for every rule about several of them to be met."""
    count = draw(st.integers(1, 25))
    seconds = st.floats(0, 400).map(lambda value: round(value, 1))
    return [_drawn(draw, at, draw(seconds)) for at in range(count)]


def _drawn(draw, at: int, seconds: float) -> Facts:
    agent = draw(st.sampled_from(AGENTS))
    more = {
        "id": f"{at:04}",
        "network": draw(st.sampled_from(NETWORKS)),
        "reader_key": draw(st.sampled_from([b"a", b"b"])),
        "is_one_recipient": draw(st.booleans()),
    }
    match draw(st.integers(0, 6)):
        case 0 | 1 | 2:
            return clicked(seconds, agent, link=draw(st.sampled_from(["l1", "l2", "l3"])), **more)
        case 3:
            return clicked(seconds, agent, link="trap", **more)
        case 4:
            return other(Kind.MARKER, seconds, agent)._replace(id=more["id"])
        case _:
            return opened(seconds, agent, **more)


SENDINGS = st.builds(
    Sending,
    sent_at=st.just(SENT_AT - timedelta(seconds=700)),
    link_count=st.sampled_from([0, 2, 3, 4, 6]),
    self_views=st.lists(st.floats(0, 400).map(after), max_size=3).map(tuple),
    honeypot=st.sampled_from([None, "trap"]),
)


@given(histories(), SENDINGS, st.floats(0, 400), st.floats(0, 120))
@settings(max_examples=300)
def test_a_window_padded_by_the_radius_is_judged_like_the_whole(hits, sending, start, length):
    first, last = after(start), after(start + length)
    whole = dict(zip([hit.id for hit in hits], judge(hits, sending), strict=True))
    window = [hit for hit in hits if first - RADIUS <= hit.received_at <= last + RADIUS]

    padded = dict(zip([hit.id for hit in window], judge(window, sending), strict=True))

    core = [hit.id for hit in window if first <= hit.received_at <= last]
    assert {name: padded[name] for name in core} == {name: whole[name] for name in core}


@given(histories(), SENDINGS, st.randoms())
@settings(max_examples=100)
def test_the_order_in_which_hits_are_given_changes_nothing(hits, sending, rng):
    shuffled = list(hits)
    rng.shuffle(shuffled)

    one = dict(zip([hit.id for hit in hits], judge(hits, sending), strict=True))
    two = dict(zip([hit.id for hit in shuffled], judge(shuffled, sending), strict=True))

    assert one == two


def _crowd(count: int, spread_s: float) -> list[Facts]:
    rng = random.Random(1)
    return [_one_of(rng, at, 1000 + rng.random() * spread_s, AGENTS[at % 2]) for at in range(count)]


def _one_of(rng: random.Random, at: int, seconds: float, agent: str) -> Facts:
    more = {"id": f"{at:05}", "reader_key": bytes([rng.randrange(50)])}
    if at % 2:
        return opened(seconds, agent, **more)
    return clicked(seconds, agent, link=f"l{at % 14}", **more)


@pytest.mark.req("R31")
@pytest.mark.parametrize("spread_s", [1, 60, 86400])
def test_the_cost_of_a_crowd_grows_like_its_size(spread_s):
    sending = Sending(SENT_AT, link_count=7, self_views=tuple(after(1000 + s) for s in range(50)))

    def cost(count: int) -> float:
        hits = _crowd(count, spread_s)
        started = time.process_time()
        judge(hits, sending)
        return time.process_time() - started

    small, large = min(cost(1000) for _ in range(3)), min(cost(10_000) for _ in range(2))

    assert large < 40 * small, "ten times the hits may cost some more than ten times, not a hundred"


@given(histories(), st.floats(TUNING.longest_window.total_seconds() + 1, 10_000_000))
@settings(max_examples=200)
def test_a_late_hit_alone_is_ruled_as_by_the_rules_themselves(hits, delay_s):
    sending = Sending(SENT_AT)
    for hit in hits:
        late = hit._replace(received_at=SENT_AT + timedelta(seconds=delay_s))

        found = [judge([late], sending) for _ in range(2)]

        assert found == [[decide(Subject.of(late, sending, TUNING, Around()))]] * 2
