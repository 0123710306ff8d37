"""The demo organisation: made once, with somebody for every case."""

import pytest

from backend import demo
from backend.models.org import Organization, User
from backend.models.people import Person, PersonAddress
from backend.models.preferences import tracking_default
from backend.tracking.policy import Decision, Policy, judge


@pytest.fixture
def seeded(world):
    before = Organization.select().count()
    assert demo.seed() is True
    assert Organization.select().count() == before + 1
    return Organization.get(Organization.name == "Telltale Demo")


def test_its_users_are_the_ones_that_scripts_know(seeded):
    users = {user.email: user.role for user in User.select().where(User.org_id == seeded.id)}

    assert users == {
        "rep@demo.telltale.test": "rep",
        "second.rep@demo.telltale.test": "rep",
        "manager@demo.telltale.test": "manager",
        "admin@demo.telltale.test": "admin",
    }
    assert len({user.team_id for user in User.select().where(User.org_id == seeded.id)}) == 1


def test_it_is_made_once(seeded):
    people = Person.select().count()

    assert demo.seed() is False
    assert Person.select().count() == people


def test_tracking_is_on_for_the_first_mail(seeded):
    assert tracking_default(User.get(User.email == demo.REP)) == (True, True)


@pytest.mark.req("R14")
def test_it_has_people_of_every_standing(seeded):
    people = list(Person.select().where(Person.org_id == seeded.id))
    addresses = [row.address for row in PersonAddress.select()
                 .where(PersonAddress.org_id == seeded.id)]  # fmt: skip

    decisions = {
        each.reason: each.decision for each in judge(seeded.id, Policy(), addresses).values()
    }

    assert {person.kind for person in people} == {"contact", "lead"}
    assert all(person.owner_id and person.account_id for person in people)
    assert decisions == {
        "allowed": Decision.TRACK,
        "consent_given": Decision.TRACK,
        "do_not_track": Decision.LEAVE,
        "consent_denied": Decision.LEAVE,
    }
