from backend import clock
from backend.people.adding import add
from backend.people.details import details
from backend.people.values import Actor


def test_people_come_with_their_account_and_owner_in_the_order_asked_for(world):
    actor = Actor(world.alice.org_id, world.alice.id)
    ann = add(actor, {"addresses": ("ann@acme.test", "a@home.test"), "owner_id": world.alice.id})
    carol = world.people["carol"].id

    found = details(actor.org_id, [ann, clock.new_id(), carol])

    assert [each.id for each in found] == [ann, carol]
    assert (found[0].account.domain, found[0].owner.email) == ("acme.test", world.alice.email)
    assert found[0].addresses == ("ann@acme.test", "a@home.test")
    assert (found[1].account, found[1].owner) == (None, None)


def test_another_organisations_people_are_left_out(world):
    assert details(world.users["mallory"].org_id, [world.people["carol"].id]) == []
