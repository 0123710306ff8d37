"""What the add-in's tests share: an app that listens, for scripts that call it."""

import pytest

from backend.models.access import Scope, issue_token
from backend.settings import Settings
from tests.serving import serving
from tests.waiting import free_port
from tests.world import SECRET


@pytest.fixture(scope="module")
def database_url():
    return ""  # what differs between the engines has its tests in its own room


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return Settings(data_dir=folder, secret=SECRET, playground=False, port=free_port(1))


@pytest.fixture(scope="module")
def listening(app, settings, store):
    with serving(app, store, settings.port):
        yield


@pytest.fixture
def site(listening, settings, world):
    """Where the app listens and where its links lead, as the handler's settings name them."""
    return {"base": settings.public_url, "tracking": settings.tracking_url}


@pytest.fixture
def stamp_token(world):
    """Alice's token for the handler."""
    return issue_token(world.alice, Scope.STAMP)
