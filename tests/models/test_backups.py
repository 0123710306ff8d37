"""The mark of the last backup."""

from datetime import timedelta

from backend.models import backups
from backend.models.backups import Backup
from tests.world import NOON


def test_none_is_known_at_first(world):
    assert backups.last() is None


def test_the_last_to_end_is_the_last_even_behind_a_time_to_come(world):
    backups.note(Backup(NOON + timedelta(days=3650), 5_000_000_000))
    assert backups.last() == Backup(NOON + timedelta(days=3650), 5_000_000_000)

    backups.note(Backup(NOON, 7))

    assert backups.last() == Backup(NOON, 7)
