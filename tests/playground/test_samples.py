"""What the compose window begins with."""

from playground import samples
from tests.world import CAROL, DANA, LEO


def test_those_that_may_be_measured_come_first(world):
    people = samples.people(world.alice)

    assert [who.address for who in people] == [CAROL, LEO, DANA]
    assert [who.may_be_measured for who in people] == [True, True, False]


def test_the_sample_shows_both_decisions(world):
    assert samples.recipients(samples.people(world.alice)) == f"{CAROL}, {DANA}"
    assert samples.recipients([]) == ""


def test_nobody_of_another_organisation_is_offered(world):
    assert samples.people(world.users["mallory"]) == []
