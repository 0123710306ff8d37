"""What is told of hits that left only a count."""

from datetime import timedelta

from backend import clock
from backend.insights import only_counted
from backend.tracking import refusals
from backend.tracking.refusals import Refused
from tests.world import World


def test_they_are_told_by_what_is_behind_them(world: World) -> None:
    org_id, today = world.alice.org_id, clock.now().date()
    old = (today - timedelta(days=only_counted.DAYS)).isoformat()
    reasons = ["do_not_track", "consent_missing", "stopped", "disarmed", "switched_off"]
    refusals.count(Refused({(org_id, today.isoformat(), reason): 2 for reason in reasons}))
    refusals.count(Refused({(org_id, old, "stopped"): 100}))
    refusals.count(Refused({(world.users["mallory"].org_id, today.isoformat(), "stopped"): 1_000}))

    assert only_counted.of(org_id) == {"wishes": 4, "off": 6}


def test_where_there_was_none_nothing_is_told(world: World) -> None:
    assert only_counted.of(world.alice.org_id) == {}
