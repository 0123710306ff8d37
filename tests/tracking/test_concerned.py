"""Only the stored hits that new ones concern are read, and nothing comes out otherwise."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from backend import db
from backend.models.mail import SelfView, StampCopy
from backend.tracking import concerned, engagements, hits, surplus_rows
from backend.tracking.derive import TOLD_APART
from backend.tracking.drafts import Stamped
from backend.tracking.facts import NOTHING, Kind, NetworkFacts, RawHit
from backend.tracking.ledger import Change
from backend.tracking.surplus import MOST
from backend.tracking.targets import add_copies, mails_of, targets_of
from backend.tracking.windows import ALWAYS
from tests.world import (
    APPLE_MPP,
    CAROL,
    CHROME,
    GMAIL_PROXY,
    LEO,
    NOON,
    OUTLOOK,
    World,
    hit,
    record,
)

LINKS = "".join(f'<a href="https://example.com/{name}">{name}</a> ' for name in "abcd")
AGENTS = (OUTLOOK, OUTLOOK, CHROME, APPLE_MPP, GMAIL_PROXY)
NETWORKS = (
    NetworkFacts(),
    NetworkFacts(asn=3320, country="DE"),
    NetworkFacts(asn=7922, country="US"),
    NetworkFacts(asn=8075, country="US", lists=("microsoft-detonation",)),
    NetworkFacts(lists=("barracuda-egd",)),
)


def sent(world: World, *to: str, **changes: Any) -> Stamped:
    """A mail with four links."""
    return world.send(*to, html=f"<html><body>{LINKS}</body></html>", **changes)


def opened(stamped: Stamped, world: World, reader: str, **changes: Any) -> RawHit:
    return hit(world.open_token(stamped), reader=reader, **changes)


def older(*given: RawHit) -> int:
    """How many stored hits are read for these."""
    targets = targets_of(given)
    mails = mails_of({target.stamp_id for target in targets.values()})
    add_copies(mails, {target.copy_id for target in targets.values()})
    (stamp_id,) = mails
    came = {stamp_id: [one.facts for one in hits.arrivals(given, targets, mails)]}
    return sum(
        map(
            len,
            concerned.older_hits(came, mails, ALWAYS, surplus_rows.within(ALWAYS, mails)).values(),
        )
    )


def look_at(world: World, stamped: Stamped, after: float) -> None:
    """The sender looks at her own mail so long after noon."""
    at = NOON + timedelta(seconds=after)
    SelfView.create(org_id=world.alice.org_id, stamp_id=stamped.id, occurred_at=at)


def tokens_of(stamped: Stamped) -> list[tuple[str, Kind]]:
    copies = StampCopy.select().where(StampCopy.stamp_id == stamped.id)
    clicks = db.rows("SELECT token FROM tracked_link WHERE stamp_id = %s", [stamped.id])
    pixels = [(copy.pixel_token, Kind.OPEN) for copy in copies]
    markers = [(copy.marker_token or "", Kind.MARKER) for copy in copies]
    return pixels * 40 + [(token, Kind.CLICK) for (token,) in clicks] * 6 + markers


def anything(tokens: list[tuple[str, Kind]], chance: Random) -> list[RawHit]:
    """Some hits within three minutes, in clusters, and two readers who click at random."""
    starts = [chance.uniform(-1, 170) for _ in range(6)]
    made = [_any(chance.choice(tokens), chance, chance.choice(starts)) for _ in range(48)]
    clicks = [each for each in tokens if each[1] is Kind.CLICK]
    for reader in "xy":
        start, network = chance.choice(starts), chance.choice(NETWORKS)
        who = {"reader": reader, "network": network}
        made += [_any(chance.choice(clicks), chance, start, **who) for _ in range(4)]
        made += [_any(tokens[0], chance, start, **who) for _ in range(2)]
    return sorted(made, key=lambda one: one.received_at)


def _any(token: tuple[str, Kind], chance: Random, start: float, **changes: Any) -> RawHit:
    values: dict[str, Any] = {
        "after": start + chance.expovariate(0.5),
        "reader": chance.choice("abcdefghijkl"),
        "user_agent": chance.choice(AGENTS),
        "network": chance.choice(NETWORKS),
        "headers": {"sec-gpc": "1"} if chance.random() < 0.1 else NOTHING,
    }
    return hit(*token, **values | changes)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("is_looked_at", [True, False])
def test_batch_by_batch_comes_to_the_same_as_the_whole(
    world: World, seed: int, is_shared: bool, is_looked_at: bool
) -> None:
    chance = Random(f"{seed} {is_shared} {is_looked_at}")
    stamped = sent(world, CAROL, LEO, per_recipient=not is_shared)
    waiting = anything(tokens_of(stamped), chance)
    if is_looked_at:
        look_at(world, stamped, after=chance.uniform(0, 170))
    if seed % 2:  # two edges: hits come out of their order
        chance.shuffle(waiting)

    while waiting:
        count = chance.randint(1, 9)
        batch, waiting = waiting[:count], waiting[count:]
        record(*batch)

    assert db.one("SELECT count(*) FROM hit") == (60,)
    assert engagements.rejudge([stamped.id]) == Change()


def flood(world: World, stamped: Stamped, chance: Random) -> list[RawHit]:
    """More than are looked at in a minute: clicks of many, and opens of one reader."""
    clicks, pixel = world.click_token(stamped), world.open_token(stamped)
    made = [
        _any((clicks, Kind.CLICK), chance, 0, after=60 + chance.uniform(0, 59), reader=str(n))
        for n in range(MOST + 60)
    ]
    made += [
        _any((pixel, Kind.OPEN), chance, 0, after=60 + chance.uniform(0, 59), reader="a")
        for _ in range(MOST + 40)
    ]
    return made


@pytest.mark.parametrize("seed", range(4))
def test_a_flood_batch_by_batch_comes_to_the_same_as_the_whole(world: World, seed: int) -> None:
    chance = Random(seed)
    stamped = sent(world, CAROL, LEO, per_recipient=seed < 2)
    waiting = anything(tokens_of(stamped), chance) + flood(world, stamped, chance)
    waiting.sort(key=lambda one: one.received_at)
    if seed in {1, 2}:
        look_at(world, stamped, after=chance.uniform(60, 120))
    if seed % 2:  # two edges: hits come out of their order
        chance.shuffle(waiting)
    total = len(waiting)

    while waiting:
        count = chance.randint(1, 200)
        batch, waiting = waiting[:count], waiting[count:]
        record(*batch)
        record(*batch[:9])  # again, as after a crash

    assert db.one("SELECT count(*) FROM hit") == (total,)
    assert engagements.rejudge([stamped.id]) == Change()
    lines = db.rows("SELECT * FROM surplus ORDER BY id")
    db.execute("DELETE FROM surplus")
    assert engagements.rejudge([stamped.id]) == Change()
    assert db.rows("SELECT * FROM surplus ORDER BY id") == lines
    assert lines


@pytest.mark.parametrize("kind", [Kind.CLICK, Kind.OPEN])
def test_what_is_read_for_a_hit_does_not_grow_with_a_flood(world: World, kind: Kind) -> None:
    stamped = sent(world, CAROL)
    token = world.click_token(stamped) if kind is Kind.CLICK else world.open_token(stamped)

    read = []
    for step in range(4):
        record(
            *(
                hit(token, kind, after=60 + step + n / 1_000, reader=f"{step} {n}")
                for n in range(1_000)
            )
        )
        read.append(older(hit(token, kind, after=130, reader="new")))

    assert read == [MOST if kind is Kind.CLICK else TOLD_APART] * 4


def test_of_a_mail_that_many_open_only_their_own_opens_are_read(world: World) -> None:
    stamped = sent(world, CAROL, LEO)
    record(*(opened(stamped, world, str(n), after=60 + n / 10) for n in range(200)))

    assert older(opened(stamped, world, "7", after=81)) == 1
    assert older(opened(stamped, world, "new", after=81)) == 0


def test_clicks_are_read_for_every_hit_and_opens_beside_a_burst_for_the_click_that_makes_it(
    world: World,
) -> None:
    stamped = sent(world, CAROL, LEO)
    record(*(opened(stamped, world, str(n), after=60 + n) for n in range(50)))
    clicks = [
        hit(world.click_token(stamped, n), Kind.CLICK, after=80 + n / 9, reader="7")
        for n in range(3)
    ]
    record(*clicks[:2])

    assert older(opened(stamped, world, "new", after=81)) == 2
    assert older(clicks[2]) == 3  # the reader's own open has to be taken back


def test_all_opens_of_a_copy_are_read_for_one_that_tells_its_readers_apart(world: World) -> None:
    stamped = sent(world, CAROL)
    record(*(opened(stamped, world, str(n), after=60 + n) for n in range(9)))

    assert older(opened(stamped, world, "new", after=81)) == 9
    assert older(opened(stamped, world, "new", after=81, user_agent=APPLE_MPP)) == 0


def test_opens_near_a_look_of_the_senders_are_read_for_one_that_it_may_claim(world: World) -> None:
    stamped = sent(world, CAROL, LEO)
    record(*(opened(stamped, world, str(n), after=60 + 2 * n) for n in range(20)))
    look_at(world, stamped, after=75)

    assert older(opened(stamped, world, "new", after=81)) == 8  # from 70 to 85
    assert older(opened(stamped, world, "new", after=86)) == 0
    assert older(opened(stamped, world, "8", after=86)) == 8  # hers at 76 may be claimed


def test_opens_near_a_new_marker_are_read(world: World) -> None:
    stamped = sent(world, CAROL, LEO)
    record(*(opened(stamped, world, str(n), after=60 + 2 * n) for n in range(20)))
    marker = StampCopy.get(StampCopy.stamp_id == stamped.id).marker_token

    assert older(hit(marker, Kind.MARKER, after=75)) == 8
    record(hit(marker, Kind.MARKER, after=75))
    assert older(opened(stamped, world, "new", after=86)) == 1  # the marker
    assert older(opened(stamped, world, "new", after=84)) == 9
