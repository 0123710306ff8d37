"""What the compose window begins with."""

import re

from playground import samples
from tests.world import CAROL, DANA, LEO


def test_the_sample_goes_to_people_that_may_be_measured(world):
    people = samples.people(world.alice)
    composed = samples.composed(world.alice, "http://127.0.0.1:1")

    assert [who.address for who in people] == [CAROL, LEO, DANA]
    assert composed.to == f"{CAROL}, {LEO}"
    assert people[-1].is_do_not_track


def test_nobody_of_another_organisation_is_offered(world):
    assert samples.people(world.users["mallory"]) == []


def test_the_samples_links_lead_to_pages_that_are_there(world):
    composed = samples.composed(world.alice, "http://127.0.0.1:1")

    places = re.findall(r'href="http://127.0.0.1:1/playground/page/([a-z-]+)"', composed.body)
    assert places == list(samples.PLACES)
