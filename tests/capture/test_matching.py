"""Whose address it is, and that people who come later are found in the past."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture.matching import Match, match, rematch_changed, rematch_tagged
from backend.insights import feed
from backend.insights.viewer import Viewer
from backend.people import adding
from backend.people.values import Actor
from tests.capture.letters import mailbox_of
from tests.world import CAROL, NOON, hit, record


def add(world, address, external_id, kind="contact"):
    actor = Actor(world.alice.org_id, world.alice.id)
    facts = {"kind": kind, "name": "New", "addresses": (address,)}
    return adding.add(actor, facts, "test", external_id)


@pytest.mark.req("R50")
@pytest.mark.parametrize(
    ("address", "rule"),
    [
        (CAROL, "address"),
        ("alice@ours.test", "user"),
        ("alias@ours.test", "user"),
        ("nobody@nowhere.test", ""),
        ("kim+news@gmail.com", "plus_tag"),
        ("kim+news@northwind.test", ""),
        ("twice@northwind.test", "ambiguous"),
    ],
)
def test_an_address_is_matched_by_one_rule(world, address, rule):
    mailbox_of(world.alice, address="alias@ours.test")
    add(world, "kim@gmail.com", "kim")
    for name in ("one", "two"):
        add(world, "twice@northwind.test", name)

    found = match(world.alice.org_id, [address])[address]

    assert found.rule == rule
    assert (found.person_id is not None) == (rule in {"address", "plus_tag"})


def test_other_organisations_people_are_nobody(world):
    found = match(world.users["mallory"].org_id, [CAROL])[CAROL]

    assert (found.person_id, found.rule) == (None, "")


@pytest.mark.req("R51")
def test_somebody_added_later_is_found_in_the_past(world):
    stamped = world.send("late@northwind.test")
    rematch_changed()

    person_id = add(world, "late@northwind.test", "late", kind="lead")
    moved = rematch_changed()

    message = world.message(stamped)
    row = db.one(
        "SELECT person_id, rule FROM participant WHERE message_id = %s AND role = 'to'",
        [message.id],
    )
    assert (moved, row) == (1, (person_id, "address"))


def test_the_feed_is_another_once_it_names_somebody_else(world, time_machine):
    time_machine.move_to(NOON + timedelta(days=2))
    alice = world.alice
    viewer = Viewer(alice.id, alice.org_id, alice.role, alice.team_id)
    stamped = world.send("late@northwind.test")
    record(hit(world.open_token(stamped)))
    rematch_changed()
    before = feed.marks(viewer)
    assert [each["name"] for each in _recipients(viewer)] == [""]

    add(world, "late@northwind.test", "late")
    rematch_changed()

    assert [each["name"] for each in _recipients(viewer)] == ["New"]
    named = feed.marks(viewer)
    assert named != before
    rematch_changed()
    assert feed.marks(viewer) == named  # nobody else's since


def _recipients(viewer):
    (item,) = feed.page(viewer, feed.FeedQuery()).items
    return item["recipients"]


def test_a_second_person_with_the_address_takes_the_match_back(world):
    stamped = world.send(CAROL)
    rematch_changed()

    add(world, CAROL, "second")
    rematch_changed()

    sql = "SELECT person_id, rule FROM participant WHERE message_id = %s AND role = 'to'"
    assert db.one(sql, [world.message(stamped).id]) == (None, "ambiguous")


def test_a_look_that_finds_nothing_new_changes_nothing(world):
    world.send(CAROL)
    rematch_changed()
    db.execute("UPDATE person SET updated_at = %s", [clock.EPOCH])

    assert rematch_changed() == 0


def test_tags_are_looked_through_everywhere_where_the_policy_says_so(world):
    org_id, tagged = world.alice.org_id, "kim+news@northwind.test"
    stamped = world.send(tagged, "+x@northwind.test")
    kim = add(world, "kim@northwind.test", "kim")
    rematch_changed()
    before = matched(stamped, tagged)

    world.set_policy(looks_through_tags=True)
    changed = rematch_tagged(org_id)

    assert before == (None, "")
    assert changed == 1
    assert matched(stamped, tagged) == (kim, "plus_tag")
    assert match(org_id, [tagged, "+x@northwind.test"]) == {
        tagged: Match(kim, "plus_tag"),
        "+x@northwind.test": Match(None, ""),
    }


def test_whoever_is_added_later_is_found_behind_a_tag(world):
    stamped = world.send("kim+news@gmail.com")
    rematch_changed()

    kim = add(world, "kim@gmail.com", "kim")
    rematch_changed()

    assert matched(stamped, "kim+news@gmail.com") == (kim, "plus_tag")


def matched(stamped, address):
    """Whom that participant of the mail is taken for, and by which rule."""
    sql = (
        "SELECT p.person_id, p.rule FROM participant p JOIN stamp s ON s.message_id = p.message_id"
        " WHERE s.id = %s AND p.address = %s"
    )
    return tuple(db.one(sql, [stamped.id, address]))
