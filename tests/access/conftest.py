"""What the tests of this room share."""

import pytest

from backend.access.safe import Safe
from backend.providers.vault import open_vault


@pytest.fixture
def vault(world):
    """The installation's vault."""
    return open_vault(world.settings)


@pytest.fixture
def safe(vault):
    """The installation's safe."""
    return Safe(vault)
