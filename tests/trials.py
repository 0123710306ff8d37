"""Trials by hypothesis are judged by what comes of them, not by what a busy machine takes."""

from hypothesis import HealthCheck, settings

SLOW = (HealthCheck.too_slow,)  # as busy as the machine is


def install() -> None:
    """Let no trial have a deadline from now on; what must grow slowly has a test that counts."""
    settings.register_profile("telltale", deadline=None, suppress_health_check=SLOW)
    settings.load_profile("telltale")
