from dataclasses import replace

import pytest

from backend import clock, db
from backend.models.people import Person
from backend.people import writing
from backend.people.reading import stored_by_id
from backend.people.values import Actor, Facts, Stored


def words(person_id):
    return {
        word
        for (word,) in db.rows("SELECT word FROM person_word WHERE person_id = %s", [person_id])
    }


def add(world, facts):
    person = Stored(clock.new_id(), "test", "new", None, facts)
    with db.transaction():
        writing.lock(world.alice.org_id)
        writing.insert(Actor(world.alice.org_id, "x"), [person])
    return person.id


def change(world, person_id, facts):
    old = stored_by_id(world.alice.org_id, person_id)
    with db.transaction():
        writing.update(Actor(world.alice.org_id, "x"), [writing.Changed(old, facts)])
    return stored_by_id(world.alice.org_id, person_id)


def test_what_is_written_is_read_back(world):
    facts = Facts(
        kind="lead",
        name="Zoë Ünal",
        addresses=("zoe@acme.test", "z@home.test", "a@home.test"),
        company="Acme",
        owner_id=world.alice.id,
        country="TR",
        do_not_track=True,
        consent="denied",
        custom={"size": 5, "tags": ["a"]},
    )

    person_id = add(world, facts)

    assert stored_by_id(world.alice.org_id, person_id).facts == facts
    assert Person.get_by_id(person_id).account_id
    assert words(person_id) == {"zoe", "unal", "acme", "acme.test", "home.test"}


def test_a_change_moves_words_addresses_and_account(world):
    person_id = add(world, Facts(name="Ann", addresses=("ann@old.test",)))
    before = stored_by_id(world.alice.org_id, person_id)

    after = change(world, person_id, Facts(name="Ann B", addresses=("ann@new.test", "b@x.test")))

    assert after.facts.addresses == ("ann@new.test", "b@x.test")
    assert after.account_id not in {None, before.account_id}
    assert words(person_id) == {"ann", "b", "new.test", "x.test"}


def test_somebody_at_a_public_host_has_no_account(world):
    person_id = add(world, Facts(name="Ann", addresses=("ann@old.test",)))

    assert (
        change(world, person_id, Facts(name="Ann", addresses=("a@gmail.com",))).account_id is None
    )


@pytest.mark.req("R74")
def test_a_refusal_made_meanwhile_is_not_overwritten(world):
    carol = world.people["carol"]
    old = stored_by_id(world.alice.org_id, carol.id)
    Person.update(consent="denied").where(Person.id == carol.id).execute()  # as the drain does

    with db.transaction():
        company = replace(old.facts, company="Northwind")
        writing.update(Actor(world.alice.org_id, "x"), [writing.Changed(old, company)])

    found = stored_by_id(world.alice.org_id, carol.id).facts
    assert (found.company, found.consent) == ("Northwind", "denied")
