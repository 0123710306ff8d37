"""Several stamps of one mail become one, with everything they had."""

from backend import db
from backend.models.mail import EmailMessage, Stamp, StampCopy
from backend.tracking.drafts import Channel
from backend.tracking.merging import merge, stamps_of
from tests.world import CAROL, hit, record


def armed(world, name: str) -> Stamp:
    stamped = world.stamp(channel=Channel.GMAIL, html=None, compose_id=name)
    return Stamp.get_by_id(stamped.id)


def copy_of(stamp: Stamp) -> StampCopy:
    return StampCopy.get(StampCopy.stamp_id == stamp.id)


def test_a_stamp_is_found_by_its_pixel_and_by_its_marker_for_its_own_user(world):
    one, two = armed(world, "one"), armed(world, "two")
    tokens = [copy_of(two).marker_token, copy_of(one).pixel_token, "unknown"]

    assert [stamp.id for stamp in stamps_of(tokens, world.alice.id)] == [one.id, two.id]
    assert stamps_of(tokens, world.users["bob"].id) == []
    assert stamps_of([], world.alice.id) == []


def test_the_kept_one_takes_over_copies_and_hits_and_the_other_is_gone(world):
    kept, other = armed(world, "one"), armed(world, "two")
    pixel = copy_of(other).pixel_token
    record(hit(pixel))

    merge(kept, [other])

    assert Stamp.get_or_none(Stamp.id == other.id) is None
    assert EmailMessage.select().count() == 1
    assert {row.stamp_id for row in StampCopy.select()} == {kept.id}
    assert db.rows("SELECT stamp_id FROM hit") == [(kept.id,)]
    assert db.rows("SELECT stamp_id FROM engagement") == [(kept.id,)]


def test_hits_on_a_merged_picture_count_for_the_mail(world):
    kept, other = armed(world, "one"), armed(world, "two")
    pixel = copy_of(other).pixel_token
    merge(kept, [other])
    world.confirm(kept, world.users["alice"].created_at.replace(year=2026, month=11, day=20))

    record(hit(pixel))

    assert [stamp for (stamp,) in db.rows("SELECT stamp_id FROM engagement")] == [kept.id]


def test_a_mail_that_was_sent_is_not_merged_away(world):
    kept = armed(world, "one")
    sent = Stamp.get_by_id(world.send(CAROL).id)

    merge(kept, [sent])

    assert Stamp.select().count() == 2
