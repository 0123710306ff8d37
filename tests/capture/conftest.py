"""What the tests of capture share."""

from tests.capture.worker import host, runner, safe  # noqa: F401 (fixtures)
