"""Browsers of the tests in this folder."""

import pytest

from tests.web.browsing import browser_of


@pytest.fixture
def ada(app, client, world):
    """The admin's browser."""
    return browser_of(app, world.users["ada"])
