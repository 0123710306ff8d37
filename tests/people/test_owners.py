import pytest

from backend.people.owners import owner_of, owners


def test_an_owner_is_named_by_id_or_address(world):
    alice = world.alice

    assert owner_of(alice.org_id, alice.id) == alice.id
    assert owner_of(alice.org_id, " ALICE@ours.test ") == alice.id
    assert owners(alice.org_id)[alice.email] == alice.id


def test_nobody_outside_the_organisation_can_own(world):
    for text in (world.users["mallory"].id, "mallory@theirs.test", "", "x" * 36, str(2**63)):
        with pytest.raises(ValueError, match="user of this organisation"):
            owner_of(world.alice.org_id, text)
    assert "mallory@theirs.test" not in owners(world.alice.org_id)
