"""What every test has at hand; the fixtures themselves are in tests/services.py, browser.py."""

from tests import guard

pytest_plugins = ["tests.services", "tests.browser", "tests.world", "tests.screens"]

guard.install()
