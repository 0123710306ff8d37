"""Who came to a mail before, as far as a later reader is held against them."""

from datetime import timedelta

from backend import db
from backend.tracking import engagements, readers
from backend.tracking.derive import TOLD_APART
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.ledger import Change
from backend.tracking.signatures import Agent
from backend.tracking.targets import mails_of
from backend.tracking.verdicts import Facts
from backend.tracking.windows import Window
from tests.world import NOON, World, hit, record

AT_HOME, ABROAD = NetworkFacts(asn=3209, country="DE"), NetworkFacts(asn=7922, country="US")
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0"


def opened(world, stamped, count, start=60):
    """Opens a second apart, each of another reader at home."""
    token = world.open_token(stamped)
    return [
        hit(token, after=start + n, reader=f"{start} {n}", network=AT_HOME) for n in range(count)
    ]


def far_away(world, stamped, after):
    return hit(
        world.open_token(stamped), after=after, reader="x", user_agent=THUNDERBIRD, network=ABROAD
    )


def test_the_readers_before_a_window_are_named_once(world: World) -> None:
    stamped, other = world.send(), world.send()
    record(*opened(world, stamped, 3), far_away(world, stamped, 90))
    mails = mails_of([stamped.id, other.id])

    found = readers.earlier_readers(
        mails, {stamped.id: [], other.id: []}, Window(NOON + timedelta(seconds=80))
    )

    assert found.keys() == {stamped.id}
    assert [one.family for one in found[stamped.id].readers] == ["Outlook"]
    assert readers.earlier_readers(mails, {}, Window(NOON)) == {}


def test_who_came_first_says_whether_anybody_did_before(world: World) -> None:
    """The engagements are not asked for, so one that no counter knows of is not seen."""
    stamped = world.send()
    record(*opened(world, stamped, 3))
    ((first,),) = db.rows("SELECT first_opened_at FROM email_message")
    unknown = "UPDATE engagement SET occurred_at = %s WHERE occurred_at = %s"
    db.execute(unknown, [first - timedelta(seconds=30), first])
    mails, nobody = mails_of([stamped.id]), {stamped.id: list[Facts]()}

    before_all = readers.earlier_readers(mails, nobody, Window(first))
    behind = readers.earlier_readers(mails, nobody, Window(first + timedelta(seconds=1)))
    behind_two = readers.earlier_readers(mails, nobody, Window(first + timedelta(seconds=2)))

    assert (before_all, behind) == ({}, {})
    assert [one.family for one in behind_two[stamped.id].readers] == ["Outlook"]


def test_who_unsubscribes_is_held_against_all(world: World) -> None:
    stamped = world.send()
    record(*opened(world, stamped, 1))
    mails = mails_of([stamped.id])
    mails[stamped.id].first_opened_at = None
    asks = Facts("", Kind.UNSUBSCRIBE, NOON, Agent(), AT_HOME, b"", stamped.id)

    found = readers.earlier_readers(mails, {stamped.id: [asks]}, Window(NOON + timedelta(hours=1)))

    assert found.keys() == {stamped.id}


def test_behind_so_many_nobody_is_told_apart_and_no_more_are_read(world: World) -> None:
    few, many = world.send(), world.send()
    record(*opened(world, few, TOLD_APART - 1), *opened(world, many, TOLD_APART))
    late = TOLD_APART + 600

    record(far_away(world, few, late), far_away(world, many, late))

    assert "maybe_forwarded" in world.engagements(few)[-1]["hints"]
    assert world.engagements(many)[-1]["hints"] is None
    assert engagements.rejudge([few.id, many.id]) == Change()
    mails = mails_of([few.id, many.id])
    window = Window(NOON + timedelta(seconds=late))
    found = readers.earlier_readers(mails, {few.id: [], many.id: []}, window)
    assert [found[one.id].counted for one in (few, many)] == [TOLD_APART - 1, TOLD_APART]
    assert readers.told_apart_until([mails[many.id]]) == {
        many.id: NOON + timedelta(seconds=60 + TOLD_APART - 1)
    }


def test_within_one_batch_those_behind_so_many_are_not_either(world: World) -> None:
    stamped = world.send()
    batch = opened(world, stamped, TOLD_APART + 20)
    second, late = far_away(world, stamped, 61.5), far_away(world, stamped, 60 + TOLD_APART + 5)

    record(*batch, second, late)

    hinted = [one["hints"] for one in world.engagements(stamped) if one["hints"]]
    assert len(hinted) == 1
    assert engagements.rejudge([stamped.id]) == Change()
