"""Addresses that several people have or nobody: offered, chosen, found in the past."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from backend import clock, db
from backend.capture import matching, unresolved
from backend.errors import Invalid
from backend.models.people import Person
from backend.people import adding, changing, merging
from backend.people.values import Actor
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking
from tests.world import CAROL, LEO


@pytest.fixture
def take():
    return Taking()


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id, "page", "")


@pytest.fixture
def other(actor):
    """Somebody else with Carol's address."""
    facts = {"kind": "contact", "name": "Other", "company": "North", "addresses": (CAROL,)}
    return adding.add(actor, facts, "test", "other")


def carols():
    return db.rows("SELECT DISTINCT person_id, rule FROM participant WHERE address = %s", [CAROL])


def choose(world, person_id):
    return unresolved.choose(world.alice.org_id, world.alice.email, CAROL, person_id)


@pytest.mark.req("R50")
def test_whoever_is_chosen_is_found_in_the_past_and_the_future(world, take, other):
    mailbox = mailbox_of(world.alice)
    take(mailbox, letter(message_id="<1@n.test>"))
    (waiting,) = unresolved.ambiguous(world.alice.org_id)

    changed = choose(world, other)
    take(mailbox, letter(message_id="<2@n.test>"))

    assert [each.name for each in waiting.candidates] == ["Carol", "Other"]
    assert (waiting.address, waiting.chosen_id, changed) == (CAROL, None, 1)
    assert carols() == [(other, "chosen")]
    assert unresolved.ambiguous(world.alice.org_id)[0].chosen_id == other
    choose(world, world.people["carol"].id)
    assert carols() == [(world.people["carol"].id, "chosen")]


def test_a_choice_holds_for_a_mail_that_was_being_taken_in(world, take, other):
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    db.execute("UPDATE person SET updated_at = %s", [clock.now() - timedelta(days=1)])
    matching.rematch_changed()
    choose(world, other)
    # What a mail leaves whose transaction had looked before the choice and ends behind it.
    db.execute("UPDATE participant SET person_id = NULL, rule = 'ambiguous' WHERE role = 'from'")

    matching.rematch_changed()

    assert carols() == [(other, "chosen")]


def test_only_somebody_with_the_address_can_be_chosen(world, take, other):
    for person_id in (world.people["leo"].id, world.alice.id):
        with pytest.raises(Invalid):
            choose(world, person_id)


@pytest.mark.req("R51")
def test_a_choice_ends_with_the_address_of_who_was_chosen(world, take, actor, other):
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    choose(world, other)

    changing.change(actor, other, {"addresses": ("new@north.test",)})
    matching.rematch(world.alice.org_id, [CAROL])

    assert carols() == [(world.people["carol"].id, "address")]
    assert unresolved.ambiguous(world.alice.org_id) == []


@pytest.mark.req("R51")
def test_two_who_are_merged_are_one_candidate(world, take, actor, other):
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    carol = world.people["carol"].id

    merging.merge(actor, carol, other)
    matching.rematch_changed()

    assert carols() == [(carol, "address")]


@pytest.mark.req("R51")
def test_a_choice_goes_along_when_who_was_chosen_is_merged(world, take, actor, other):
    facts = {"kind": "contact", "name": "Third", "addresses": (CAROL,)}
    third = adding.add(actor, facts, "test", "third")
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    choose(world, other)

    merge_id = merging.merge(actor, third, other)
    matching.rematch_changed()

    assert carols() == [(third, "chosen")]
    assert [each.chosen_id for each in unresolved.ambiguous(world.alice.org_id)] == [third]
    merging.undo(actor, merge_id)
    matching.rematch_changed()
    assert carols() == [(other, "chosen")]


def test_a_tag_is_looked_through_for_candidates(world, take, actor):
    for name in ("one", "two"):
        facts = {"kind": "contact", "name": name, "addresses": ("ann@gmail.com",)}
        adding.add(actor, facts, "test", name)
    take(mailbox_of(world.alice), letter("ann+news@gmail.com"))
    (waiting,) = unresolved.ambiguous(world.alice.org_id)
    person = waiting.candidates[0].id

    unresolved.choose(world.alice.org_id, world.alice.email, waiting.address, person)

    rows = db.rows("SELECT person_id, rule FROM participant WHERE role = 'from'")
    assert rows == [(person, "chosen")]


def test_strangers_are_offered_from_ones_own_mailboxes_alone(world, take):
    mailbox = mailbox_of(world.alice)
    take(mailbox, letter(OURS, "Nina <nina@north.test>, bob@ours.test"), is_sent=True)
    take(mailbox, letter("nina@north.test", message_id="<2@n.test>"), hours=1)
    take(mailbox, letter("no-reply@shop.test", headers={"Cc": "x@ours.test"}))
    take(mailbox, letter(LEO, message_id="<3@n.test>"))
    take(mailbox_of(world.users["bob"]), letter("secret@north.test", "bob@ours.test"))

    found = unresolved.strangers(world.alice.org_id, world.alice.id)

    assert [(each.address, each.name, each.mails) for each in found] == [
        ("nina@north.test", "Nina", 2)
    ]


@pytest.mark.req("R41")
def test_who_got_a_blind_copy_is_offered_to_its_sender_alone(world, take):
    to = f"bob@ours.test, {LEO}"
    sent = letter(OURS, to, message_id="<1@p.test>", headers={"Bcc": "nina@north.test"})
    take(mailbox_of(world.alice), sent, is_sent=True)
    take(mailbox_of(world.users["bob"]), letter(OURS, to, message_id="<1@p.test>"))

    offered = {
        name: [
            each.address for each in unresolved.strangers(world.alice.org_id, world.users[name].id)
        ]
        for name in ("alice", "bob")
    }

    assert offered == {"alice": ["nina@north.test"], "bob": []}


@pytest.mark.parametrize("sender", ["no-reply@x.test", "mailer-daemon@x.test", "noreply+1@x.test"])
def test_no_machine_becomes_a_contact(world, sender):
    Taking()(mailbox_of(world.alice), letter(OURS, sender, message_id="<1@p.test>"), is_sent=True)

    assert unresolved.strangers(world.alice.org_id, world.alice.id) == []


def test_a_stranger_who_is_ignored_is_not_offered_again(world, take):
    take(mailbox_of(world.alice), letter("nina@north.test"))

    unresolved.choose(world.alice.org_id, world.alice.email, "nina@north.test", None)

    assert unresolved.strangers(world.alice.org_id, world.alice.id) == []
    assert Person.select().where(Person.name == "nina@north.test").count() == 0


@pytest.mark.req("R50")
def test_of_many_who_add_a_stranger_at_once_one_makes_a_contact(world, take, actor):
    take(mailbox_of(world.alice), letter("nina@north.test"))
    together = Barrier(8)

    def add(_):
        with db.connection():
            together.wait(10)
            return unresolved.add(actor, "nina@north.test", "Nina")

    with ThreadPoolExecutor(8) as pool:
        changed = list(pool.map(add, range(8)))

    ((person_id,),) = db.rows("SELECT id FROM person WHERE name = %s", ["Nina"])
    assert sorted(changed) == [0] * 7 + [1]
    rows = db.rows("SELECT person_id, rule FROM participant WHERE role = 'from'")
    assert rows == [(person_id, "address")]


def test_a_stranger_who_is_somebody_with_a_tag_by_now_is_not_added(world, take, actor):
    take(mailbox_of(world.alice), letter("ann+news@gmail.com"))
    ann = adding.add(actor, {"kind": "contact", "name": "Ann", "addresses": ("ann@gmail.com",)})

    assert unresolved.add(actor, "ann+news@gmail.com", "News") == 1

    rows = db.rows("SELECT person_id, rule FROM participant WHERE role = 'from'")
    assert rows == [(ann, "plus_tag")]
    assert Person.select().where(Person.name == "News").count() == 0
