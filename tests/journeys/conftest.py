"""What the journeys share."""

from tests.capture.worker import host, runner, safe  # noqa: F401 (fixtures)
