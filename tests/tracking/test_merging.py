"""Several stamps of one mail become one, with everything they had."""

from datetime import timedelta

import pytest

from backend import db
from backend.models.mail import EmailMessage, Stamp, StampCopy
from backend.tracking import carriers, mail_index
from backend.tracking.drafts import Channel
from backend.tracking.facts import Kind
from backend.tracking.merging import merge, stamps_of
from tests.world import CAROL, NOON, hit, record


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
    world.confirm(kept, NOON - timedelta(hours=1))

    record(hit(pixel))

    assert [stamp for (stamp,) in db.rows("SELECT stamp_id FROM engagement")] == [kept.id]


def test_a_mail_that_was_sent_is_not_merged_away(world):
    kept = armed(world, "one")
    sent = Stamp.get_by_id(world.send(CAROL).id)

    merge(kept, [sent])

    assert Stamp.select().count() == 2


@pytest.mark.req("R18")
def test_two_pictures_of_one_mail_loaded_in_one_cycle_count_once(world):
    kept, other = armed(world, "one"), armed(world, "two")
    pixels = [copy_of(stamp).pixel_token for stamp in (kept, other)]
    record(*(hit(pixel, after=5) for pixel in pixels))  # before they are one ...

    merge(kept, [other])
    world.confirm(kept, NOON - timedelta(hours=1))
    record(*(hit(pixel, after=600) for pixel in pixels))  # ... and afterwards

    found = [(row["is_counted"], row["repeats"]) for row in world.engagements(kept)]
    assert found == [(True, 1), (True, 1)]
    assert world.message(kept).opens_total == 2


def test_what_was_merged_before_is_merged_on(world):
    one, two, three = (armed(world, name) for name in ("one", "two", "three"))
    pixel = copy_of(three).pixel_token
    merge(two, [three])
    merge(one, [two])

    record(hit(pixel))

    assert len(world.engagements(one)) == 1


def test_the_newest_may_take_over_several_older_ones(world):
    one, two, three = (armed(world, name) for name in ("one", "two", "three"))
    pixels = [copy_of(stamp).pixel_token for stamp in (one, two, three)]
    merge(three, [one, two])
    world.confirm(three, NOON - timedelta(hours=1))

    record(*(hit(pixel) for pixel in pixels))

    assert world.message(three).opens_total == 1


def linked(world, stamp: Stamp, *names: str) -> list[str]:
    urls = [f"https://x.test/{name}" for name in names]
    made = [carriers.add_link(stamp, url, "Text", world.host).tracked_url for url in urls]
    return [url.rpartition("/")[2] for url in made]


def test_two_clicks_are_a_machines_when_they_are_all_links_of_the_whole_mail(world):
    kept, other = armed(world, "one"), armed(world, "two")
    tokens = linked(world, kept, "a", "b")
    linked(world, other, "c", "d")
    clicks = [hit(token, Kind.CLICK, after=60 + at * 0.5) for at, token in enumerate(tokens)]
    record(*clicks)

    merge(kept, [other])
    world.confirm(kept, NOON - timedelta(hours=1))

    assert Stamp.get_by_id(kept.id).link_count == 4
    assert [row["verdict"] for row in world.engagements(kept)] == ["human", "human"]


def test_the_words_of_what_is_merged_are_written_anew(world):
    kept, other = armed(world, "one"), armed(world, "two")
    linked(world, other, "c")
    mail_index.write()

    merge(kept, [other])
    mail_index.write()

    assert db.rows("SELECT url, stamp_id FROM sent_url") == [("https://x.test/c", kept.id)]
