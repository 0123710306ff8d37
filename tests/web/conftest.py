"""What the tests of the web share."""

import pytest

from backend import db


@pytest.fixture
def client(world, store):
    """A client of the app; the world's own connection stands again when it ends."""
    from backend.app import create_app

    app = create_app(world.settings)
    yield app.test_client()
    app.extensions["store"].close_all()
    db.database.initialize(store)
