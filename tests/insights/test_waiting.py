"""What waits because nobody has said when it was sent."""

import pytest

from backend.insights import waiting
from backend.models.mail import Stamp
from backend.tracking import sending
from tests.world import NOON, hit, record


@pytest.mark.req("R29")
def test_a_mail_waits_from_its_first_hit_until_its_send_is_confirmed(world, as_viewer):
    stamped = world.stamp()
    assert waiting.count(as_viewer()) == 0

    record(hit(world.open_token(stamped)))
    assert waiting.count(as_viewer()) == 1
    assert waiting.count(as_viewer("bob")) == 0

    world.confirm(stamped, NOON)
    assert waiting.count(as_viewer()) == 0


def test_a_mail_that_is_no_longer_tracked_does_not_wait(world, as_viewer):
    stamped = world.stamp()
    record(hit(world.open_token(stamped)))

    sending.stop(Stamp.get_by_id(stamped.id))

    assert waiting.count(as_viewer()) == 0
