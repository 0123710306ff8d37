"""Whom an address stands for."""

import pytest

from backend.errors import Conflict, Invalid
from backend.models.people import Person, PersonAddress
from backend.people import merging
from backend.people.values import Actor
from backend.privacy.subjects import subject_of
from backend.tracking import policy_changes
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking
from tests.world import CAROL, DANA

TAGGED = "carol+news@northwind.test"


def add_address(person, address):
    PersonAddress.create(org_id=person.org_id, person_id=person.id, address=address)


def test_an_address_that_nobody_has_stands_for_itself(world):
    found = subject_of(world.alice.org_id, " Nobody@Else.TEST ")

    assert (found.addresses, found.people) == (("nobody@else.test",), ())


@pytest.mark.parametrize("text", ["", "nobody", "a@b@", "a\0@b.test"])
def test_what_is_no_address_is_refused(world, text):
    with pytest.raises(Invalid):
        subject_of(world.alice.org_id, text)


@pytest.mark.parametrize("address", ["alice@ours.test", "BOX@ours.test", "other@ours.test"])
def test_the_organisations_own_addresses_are_nobodys_outside(world, address):
    mailbox_of(world.alice, address="box@ours.test", aliases=["other@ours.test"])

    with pytest.raises(Conflict):
        subject_of(world.alice.org_id, address)


def test_all_addresses_count_that_nobody_else_has(world):
    carol, dana = world.people["carol"], world.people["dana"]
    add_address(carol, "c@private.test")
    add_address(carol, "office@northwind.test")
    add_address(dana, "office@northwind.test")

    found = subject_of(world.alice.org_id, CAROL)
    shared = subject_of(world.alice.org_id, "office@northwind.test")

    assert (found.address, found.people) == (CAROL, (carol.id,))
    assert set(found.addresses) == {CAROL, "c@private.test"}
    assert set(shared.people) == {carol.id, dana.id}
    assert set(shared.addresses) == {"office@northwind.test", CAROL, DANA, "c@private.test"}


def test_a_tagged_address_that_mail_has_of_her_is_hers(world):
    policy_changes.store(world.alice.org_id, "ada", {"looks_through_tags": True})
    Taking()(mailbox_of(world.alice), letter(TAGGED))

    assert subject_of(world.alice.org_id, CAROL).addresses == (CAROL, TAGGED)


def test_who_was_merged_into_her_belongs_to_her(world):
    org_id, carol = world.alice.org_id, world.people["carol"]
    chain = [
        Person.create(org_id=org_id, kind="contact", name=name, source="csv", external_id=name)
        for name in ("one", "two")
    ]
    merging.merge(Actor(org_id, "ada"), chain[0].id, chain[1].id)
    merging.merge(Actor(org_id, "ada"), carol.id, chain[0].id)

    assert subject_of(org_id, CAROL).people == (carol.id, *(each.id for each in chain))


def test_an_other_organisations_people_are_not_found(world):
    found = subject_of(world.users["mallory"].org_id, CAROL)

    assert found.people == ()
    assert found.reference != subject_of(world.alice.org_id, CAROL).reference
