"""Replies and bounces beside the hits: once each, and left alone by new readings."""

from backend import db
from backend.models.mail import Stamp
from backend.models.org import User
from backend.models.people import Suppression
from backend.tracking import engagements, outcomes
from backend.tracking.outcomes import Outcome
from tests.world import CAROL, LEO, NOON, hit, record


def reply(address=CAROL, source="a"):
    return Outcome("reply", address, None, NOON, "reply_by_references", source)


def test_an_outcome_is_recorded_once_and_told(world):
    stamped = world.send(CAROL)
    stamp = Stamp.get_by_id(stamped.id)
    before = User.get_by_id(world.alice.id).feed_version

    assert outcomes.record(stamp, reply())
    assert not outcomes.record(stamp, reply())

    assert User.get_by_id(world.alice.id).feed_version == before + 1
    assert [each["kind"] for each in world.engagements(stamped)] == ["reply"]


def test_new_readings_leave_outcomes_alone(world):
    stamped = world.send(CAROL)
    outcomes.record(Stamp.get_by_id(stamped.id), reply())
    record(hit(world.open_token(stamped)))

    engagements.rejudge([stamped.id])

    assert [each["kind"] for each in world.engagements(stamped)] == ["reply", "open"]
    assert world.message(stamped).open_count == 1


def test_an_outcome_is_told_of_the_recipients_own_copy(world):
    stamped = world.send(CAROL, LEO, per_recipient=True)

    outcomes.record(Stamp.get_by_id(stamped.id), reply(LEO))

    row = db.one(
        "SELECT c.address FROM engagement e JOIN stamp_copy c ON c.id = e.copy_id"
        " WHERE e.stamp_id = %s",
        [stamped.id],
    )
    assert row == (LEO,)


def test_what_was_never_measured_has_no_outcome(world):
    untracked = world.send("dana@harbour.test")

    assert not outcomes.record(Stamp.get_by_id(untracked.id), reply("dana@harbour.test"))


def test_an_address_is_suppressed_once(world):
    for _ in range(2):
        outcomes.suppress(world.alice.org_id, CAROL, outcomes.HARD_BOUNCE, NOON)

    (row,) = Suppression.select()
    assert (row.address, row.reason) == (CAROL, outcomes.HARD_BOUNCE)
