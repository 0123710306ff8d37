"""What the policy asks of the people behind an address."""

import pytest

from backend import clock
from backend.models.people import (
    Known,
    Person,
    PersonAddress,
    Suppression,
    ask_known_at,
)
from tests.world import CAROL, DANA, LEO


def people_at(org_id, addresses):
    return ask_known_at(org_id, addresses)().people


def suppressions_of(org_id, addresses):
    return ask_known_at(org_id, addresses)().suppressed


def test_people_are_found_by_their_addresses(world):
    org = world.alice.org_id

    found = people_at(org, [CAROL, DANA, "nobody@x.test", CAROL])

    assert found == {
        CAROL: [Known(world.people["carol"].id, False, "unknown", "", "contact")],
        DANA: [Known(world.people["dana"].id, True, "unknown", "", "contact")],
    }
    assert people_at(org, []) == {}


def test_everybody_who_shares_an_address_is_found_whose_it_is_first(world):
    org = world.alice.org_id
    other = Person.create(org_id=org, kind="lead", name="Other", source="test", external_id="x")
    PersonAddress.create(org_id=org, person_id=other.id, address=CAROL, is_primary=False)

    assert [known.id for known in people_at(org, [CAROL])[CAROL]] == [
        world.people["carol"].id,
        other.id,
    ]


def test_people_of_another_organisation_are_not(world):
    assert people_at(world.users["mallory"].org_id, [CAROL, LEO]) == {}


def suppress(world, address, reason, **changes):
    Suppression.create(org_id=world.alice.org_id, address=address, reason=reason, **changes)


def test_a_suppression_holds_until_it_is_lifted(world):
    suppress(world, CAROL, "unsubscribed")
    suppress(world, LEO, "unsubscribed", lifted_at=clock.now())

    assert suppressions_of(world.alice.org_id, [CAROL, LEO]) == {CAROL: "unsubscribed"}
    assert suppressions_of(world.users["mallory"].org_id, [CAROL]) == {}


@pytest.mark.parametrize(
    "order", [("hard_bounce", "unsubscribed"), ("unsubscribed", "hard_bounce")]
)
def test_a_hard_bounce_wins(world, order):
    for reason in order:
        suppress(world, CAROL, reason)

    assert suppressions_of(world.alice.org_id, [CAROL]) == {CAROL: "hard_bounce"}
