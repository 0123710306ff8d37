from datetime import timedelta

import pytest

from backend import clock
from backend.models.imports import ImportState, PeopleImport

NOW = clock.now()


@pytest.mark.parametrize(
    ("why", "state", "lease_until", "shown"),
    [
        ("not begun", "uploaded", None, ImportState.UPLOADED),
        ("somebody is at it", "running", NOW + timedelta(seconds=1), ImportState.RUNNING),
        ("nobody has been heard of", "running", NOW - timedelta(seconds=1), "interrupted"),
        ("over, whatever the lease", "done", NOW - timedelta(days=1), ImportState.DONE),
    ],
)
def test_an_import_says_where_it_stands(why, state, lease_until, shown):
    assert PeopleImport(state=state, lease_until=lease_until).state_at(NOW) == shown, why
