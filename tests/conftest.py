"""What every test has at hand; most fixtures are in tests/services.py, browser.py, world.py."""

import pytest

from playground.google import Google
from tests import guard, lateness, scratch, trials

pytest_plugins = [
    "tests.services",
    "tests.browser",
    "tests.hashing",
    "tests.world",
    "tests.screens",
]

guard.install()
scratch.install()
trials.install()
lateness.install()


@pytest.fixture(scope="session")
def google() -> Google:
    """Google's keys, and what they sign: making one takes as long as twenty tests."""
    return Google()
