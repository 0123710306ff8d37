import pytest

from backend import clock
from backend.errors import Invalid, NotFound
from backend.models.people import ConsentRecord, Person
from backend.people.changing import change
from backend.people.finding import one
from backend.people.values import Actor


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


def test_only_what_is_given_changes(world, actor):
    carol = world.people["carol"]

    change(actor, carol.id, {"company": "Northwind", "country": "ES"})

    found = one(actor.org_id, carol.id)
    assert (found.name, found.company, found.country) == ("Carol", "Northwind", "ES")
    assert found.addresses == ("carol@northwind.test",)


def test_nothing_new_writes_nothing(world, actor):
    carol = world.people["carol"]
    before = Person.get_by_id(carol.id).updated_at

    change(actor, carol.id, {"name": "Carol"})
    change(actor, carol.id, {})

    assert Person.get_by_id(carol.id).updated_at == before


@pytest.mark.req("R74")
def test_do_not_track_leaves_proof(world, actor):
    change(actor, world.people["carol"].id, {"do_not_track": True})

    assert [row.state for row in ConsentRecord.select()] == ["do_not_track"]


def test_a_person_who_loses_the_name_goes_by_the_address(world, actor):
    carol = world.people["carol"]

    change(actor, carol.id, {"name": ""})

    assert one(actor.org_id, carol.id).name == "carol@northwind.test"
    with pytest.raises(Invalid):
        change(actor, carol.id, {"name": "", "addresses": ()})


def test_unknown_and_foreign_people_cannot_be_changed(world, actor):
    outsider = Actor(world.users["mallory"].org_id, "mallory")

    for who, person_id in ((outsider, world.people["carol"].id), (actor, clock.new_id())):
        with pytest.raises(NotFound, match="no such person"):
            change(who, person_id, {"name": "X"})
