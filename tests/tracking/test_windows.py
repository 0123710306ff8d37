"""The stretch of time that new hits can change, and how far one must look to say so."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from backend import db
from backend.models.org import Organization
from backend.tracking import engagements
from backend.tracking.classify import RADIUS
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.ledger import Change
from backend.tracking.windows import ALWAYS, Window, around, around_moment
from tests.world import APPLE_MPP, CHROME, GMAIL_PROXY, NOON, OUTLOOK, World, hit, record

MINUTE = timedelta(minutes=1)
AGENTS = (OUTLOOK, GMAIL_PROXY, APPLE_MPP, CHROME, "")


@pytest.mark.parametrize(
    ("why", "window", "holds"),
    [
        ("open on both sides", ALWAYS, (True, True, True)),
        ("its start is in it", Window(NOON, None), (False, True, True)),
        ("its end is not", Window(None, NOON), (True, False, False)),
        ("both", Window(NOON, NOON + MINUTE), (False, True, False)),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(
    why: str, window: Window, holds: tuple[bool, ...]
) -> None:
    times = (NOON - MINUTE, NOON, NOON + MINUTE)

    assert tuple(map(window.holds, times)) == holds, why


def test_a_window_is_a_condition_of_a_query() -> None:
    assert ALWAYS.condition("at") == ("", [])
    assert Window(NOON, NOON + MINUTE).condition("at") == (
        " AND at >= %s AND at < %s",
        [NOON, NOON + MINUTE],
    )
    assert Window(None, NOON).condition("at") == (" AND at < %s", [NOON])


@pytest.mark.parametrize("cycle_s", [1, 60, 3600, 86_400])
def test_a_window_begins_and_ends_with_a_cycle_and_holds_all_that_can_change(cycle_s: int) -> None:
    cycle = timedelta(seconds=cycle_s)
    hits = [hit("x", after=after) for after in (61.5, 3, 200)]
    times = [each.received_at for each in hits]

    window, reach = around(hits, cycle)

    assert window.start
    assert window.end
    for edge in (window.start, window.end):
        assert edge.tzinfo is UTC
        assert edge.timestamp() % cycle_s == 0
    assert window.start <= min(times) - RADIUS
    assert window.end > max(times) + RADIUS
    assert reach == Window(window.start - RADIUS - cycle, window.end + RADIUS + cycle)
    assert around_moment(times[0], cycle) == around(hits[:1], cycle)


@pytest.mark.req("R18", "R22")
@pytest.mark.parametrize("cycle_s", [1, 7, 60, 600])
@pytest.mark.parametrize("seed", range(5))
def test_in_whatever_batches_hits_come_the_table_says_what_all_of_them_say(
    world: World, seed: int, cycle_s: int
) -> None:
    world.set_policy(gathering_cycle_s=cycle_s)
    # The drain looks as far as the longest cycle of a batch reaches.
    Organization.update(policy={"gathering_cycle_s": 60}).where(
        Organization.id == world.users["mallory"].org_id
    ).execute()
    draw = random.Random(seed * 1000 + cycle_s)
    html = "".join(f'<a href="https://example.com/{n}">{n}</a>' for n in range(4))
    ours = world.send(html=html)
    alice, world.users["alice"] = world.users["alice"], world.users["mallory"]
    theirs = world.send(html=html)
    world.users["alice"] = alice
    hits = [one for mail in (ours, theirs) for one in some_hits(world, mail.id, draw)]
    draw.shuffle(hits)

    while hits:
        size = draw.choice([1, 2, 5, 20])
        record(*hits[:size])
        hits = hits[size:]

    counters = [world.message(mail).__data__ for mail in (ours, theirs)]
    assert engagements.rejudge([ours.id, theirs.id]) == Change()
    assert [world.message(mail).__data__ for mail in (ours, theirs)] == counters


def some_hits(world: World, stamp_id: str, draw: random.Random) -> list[RawHit]:
    """Hits of some readers and machines, in clusters that reach over borders of cycles."""
    ((pixel,),) = db.rows("SELECT pixel_token FROM stamp_copy WHERE stamp_id = %s", [stamp_id])
    links = [
        token
        for (token,) in db.rows("SELECT token FROM tracked_link WHERE stamp_id = %s", [stamp_id])
    ]
    made = []
    for start in (draw.uniform(-20, 4_000) for _ in range(6)):
        for _ in range(draw.randrange(1, 8)):
            kind = draw.choice([Kind.OPEN, Kind.OPEN, Kind.CLICK])
            made.append(
                hit(
                    pixel if kind is Kind.OPEN else draw.choice(links),
                    kind,
                    after=start + draw.choice([0.2, 1, 4, 9, 31, 65]) * draw.random(),
                    reader=draw.choice(["one", "two"]),
                    user_agent=draw.choice(AGENTS),
                    network=draw.choice([NetworkFacts(), NetworkFacts(asn=1, country="DE")]),
                )
            )
    return made


def test_times_before_1970_have_cycles_too() -> None:
    early = hit("x", received_at=datetime(1969, 12, 31, 23, 59, 30, tzinfo=UTC))

    window, _ = around([early], MINUTE)

    assert window.start
    assert window.start.timestamp() % 60 == 0
    assert window.holds(early.received_at)
