"""Whose mail it is."""

from backend.models.senders import AutomatedSender
from backend.relay.senders import sender_of


def test_a_user_is_known_by_her_address(world):
    found = sender_of(["nobody@else.test", "alice@ours.test"])

    assert (found.user.id, found.address) == (world.alice.id, "alice@ours.test")
    assert (found.opens, found.links, found.per_recipient) == (False, False, False)


def test_a_disabled_user_is_a_stranger(world):
    world.alice.is_disabled = True
    world.alice.save()

    assert sender_of(["alice@ours.test"]) is None


def test_the_program_of_a_disabled_user_is_a_stranger(world):
    program_of(world.alice)
    assert sender_of(["crm@ours.test"]) is not None
    world.alice.is_disabled = True
    world.alice.save()

    assert sender_of(["crm@ours.test"]) is None


def test_a_program_belongs_to_its_owner_and_her_organisations_policy(world):
    world.set_policy(preset="strict")
    program_of(world.alice)

    found = sender_of(["crm@ours.test"])

    assert (found.user.id, found.policy.preset) == (world.alice.id, "strict")
    assert (found.opens, found.links, found.per_recipient) == (True, False, True)
    assert found.is_automated


def program_of(owner):
    AutomatedSender.create(
        org_id=owner.org_id,
        user_id=owner.id,
        address="crm@ours.test",
        name="CRM",
        opens=True,
        links=False,
        per_recipient=True,
    )
