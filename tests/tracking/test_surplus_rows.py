"""The table of what is surplus, and the hits that are left out by it."""

from datetime import timedelta

import pytest

from backend import db
from backend.models.mail import Stamp, StampCopy
from backend.tracking import hits, merging, surplus_rows
from backend.tracking.facts import Kind
from backend.tracking.surplus import MOST
from backend.tracking.targets import mails_of
from backend.tracking.windows import ALWAYS, Window
from tests.world import LEO, NOON, World, hit, record


def flood(world: World, stamped, start=60, count=MOST + 30, kind=Kind.CLICK):
    token = world.click_token(stamped) if kind is Kind.CLICK else world.open_token(stamped)
    return [hit(token, kind, after=start + n / 100, reader="r") for n in range(count)]


def table():
    return db.rows("SELECT first_at, last_at, hits FROM surplus ORDER BY first_at")


@pytest.mark.parametrize("kind", [Kind.CLICK, Kind.OPEN])
def test_a_flood_is_stored_whole_and_told_of_in_one_line(world: World, kind: Kind) -> None:
    stamped = world.send()
    batch = flood(world, stamped, kind=kind)

    assert record(*batch[:300]) + record(*batch[300:520]) + record(*batch[520:]) == len(batch)

    *_, last = world.engagements(stamped)
    assert db.one("SELECT count(*) FROM hit") == (len(batch),)
    assert table() == [(batch[MOST].received_at, batch[-1].received_at, 30)]
    assert (last["verdict"], last["is_counted"], last["repeats"]) == ("suspected", False, 29)
    assert last["reasons"] == ["judged_in_bulk"]
    assert world.message(stamped).opens_total + world.message(stamped).click_count == 1


def test_what_comes_again_is_known_by_its_id(world: World) -> None:
    stamped = world.send()
    batch = flood(world, stamped)
    record(*batch)

    assert record(*batch[-40:]) == 0
    assert table()[0][2] == 30


def test_only_what_is_in_no_line_is_read(world: World) -> None:
    one, other = world.send(), world.send()
    record(*flood(world, one), *flood(world, other, count=20))
    record(
        hit(world.click_token(one), Kind.CLICK, after=119.5), hit(world.open_token(one), after=119)
    )
    mails = mails_of([one.id, other.id])

    found = hits.between(mails, ALWAYS, unless=surplus_rows.unless_surplus())

    assert len(found[one.id]) == MOST + 1
    assert len(found[other.id]) == 20


def test_lines_are_found_by_time_and_by_mail(world: World) -> None:
    one, other = world.send(), world.send()
    record(*flood(world, one), *flood(world, other, start=300))
    minute = timedelta(minutes=1)

    both = {one.id, other.id}
    assert surplus_rows.within(Window(NOON, NOON + minute), both) == {}
    assert surplus_rows.within(Window(NOON + 2 * minute, NOON + 3 * minute), both).keys() == {
        one.id
    }
    assert surplus_rows.within(ALWAYS, both).keys() == both
    assert surplus_rows.within(ALWAYS, {other.id}).keys() == {other.id}
    assert surplus_rows.of([other.id]).keys() == {other.id}


def test_an_earlier_hit_that_comes_late_moves_the_border(world: World) -> None:
    stamped = world.send()
    batch = flood(world, stamped)
    record(*batch[5:])

    record(*batch[:5])

    assert table() == [(batch[MOST].received_at, batch[-1].received_at, 30)]
    assert [one["repeats"] for one in world.engagements(stamped)] == [MOST - 1, 29]


def test_mails_that_become_one_have_one_surplus(world: World) -> None:
    kept, other = world.stamp(), world.stamp()
    for stamped in (kept, other):
        record(*flood(world, stamped, kind=Kind.OPEN))

    merging.merge(Stamp.get_by_id(kept.id), [Stamp.get_by_id(other.id)])

    assert sum(row[2] for row in table()) == MOST + 60
    assert db.one("SELECT count(DISTINCT stamp_id) FROM surplus") == (1,)


def test_presses_on_a_page_are_heard_beyond_it(world: World) -> None:
    stamped = world.send(LEO, per_recipient=True)
    copy = StampCopy.get(StampCopy.stamp_id == stamped.id)

    record(
        *(
            hit(copy.unsubscribe_token, Kind.UNSUBSCRIBE, after=60 + n / 100, reader=str(n))
            for n in range(MOST)
        ),
        hit(copy.unsubscribe_token, Kind.UNSUBSCRIBE, after=90, headers={"action": "stop"}),
    )

    assert db.rows("SELECT state FROM consent_record") == [("denied",)]
    assert table()[0][2] == 1
