"""What the tests of the web share."""

import pytest

from backend import db
from tests.web.travelling import fake, travel, travelling_app  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def app(settings, store):
    """The app on the module's database: making one costs more than most tests."""
    from backend.app import create_app

    made = create_app(settings)
    yield made
    made.extensions["store"].close_all()
    db.database.initialize(store)


@pytest.fixture
def client(app, world, store):
    """A client of the app; the world's own connection stands again when it ends."""
    db.database.initialize(app.extensions["store"])
    yield app.test_client()
    db.database.initialize(store)
