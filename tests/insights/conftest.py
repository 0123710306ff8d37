"""Two days after the noon of tests/world.py, whenever the tests run."""

from datetime import timedelta

import pytest

from backend.insights.viewer import Viewer
from tests.world import NOON


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(NOON + timedelta(days=2))


@pytest.fixture
def as_viewer(world):
    """Somebody of the world as insights knows her."""

    def made(name="alice"):
        user = world.users[name]
        return Viewer(user.id, user.org_id, user.role, user.team_id)

    return made
