from backend import clock
from backend.people.reading import addresses_of, stored_by_id, stored_by_key


def test_people_are_found_by_where_they_came_from(world):
    org_id = world.alice.org_id

    found = stored_by_key(org_id, [("test", "carol"), ("other", "carol"), ("test", "nobody")])

    assert list(found) == [("test", "carol")]
    assert found["test", "carol"].facts.addresses == ("carol@northwind.test",)


def test_two_sources_may_use_one_external_id(world):
    world.people["leo"].source, world.people["leo"].external_id = "crm", "carol"
    world.people["leo"].save()

    found = stored_by_key(world.alice.org_id, [("test", "carol"), ("crm", "carol"), ("crm", "x")])

    assert {key: each.facts.name for key, each in found.items()} == {
        ("test", "carol"): "Carol",
        ("crm", "carol"): "Leo",
    }


def test_a_foreign_person_is_not_there(world):
    carol = world.people["carol"]

    assert stored_by_id(world.users["mallory"].org_id, carol.id) is None
    assert stored_by_id(world.alice.org_id, clock.new_id()) is None
    assert stored_by_id(world.alice.org_id, carol.id).facts.name == "Carol"
    assert addresses_of([]) == {}
