"""The count of waiting mails goes by an index of its own."""

from backend.insights import waiting
from tests.models.plans import plan_of


def test_the_count_of_waiting_mails_uses_it(world):
    found = plan_of(waiting.SQL, [world.alice.id, world.alice.created_at])

    assert "stamp_unsent" in found
