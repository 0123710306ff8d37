"""What several tests of tracking begin with."""

import pytest

from backend import db
from backend.models.mail import Stamp
from tests.world import World


@pytest.fixture
def stamp(world: World) -> Stamp:
    """A stamp that has no copies yet."""
    stamped = world.stamp(html=None)
    db.execute("DELETE FROM stamp_copy")
    found: Stamp = Stamp.get_by_id(stamped.id)
    return found
