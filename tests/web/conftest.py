"""What the tests of the web share."""

import pytest

from tests.fakes.entra import tenants
from tests.web.travelling import fake, travel, travelling_app  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def microsoft():
    """A tenant of Entra's, whose keys a server publishes."""
    with tenants() as found:
        yield found
