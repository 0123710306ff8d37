"""The open database: the settings say which one it is."""

import pytest

from backend import db
from backend.db.postgres import PostgresDatabase
from backend.db.sqlite import SqliteDatabase
from backend.settings import Settings
from tests.world import SECRET


@pytest.mark.parametrize(
    ("why", "url", "kind", "is_postgres"),
    [
        ("nothing said", "", SqliteDatabase, False),
        ("an address", "postgresql://somebody@/some?host=/nowhere", PostgresDatabase, True),
    ],
)
def test_the_settings_choose_the_engine(store, tmp_path, why, url, kind, is_postgres):
    settings = Settings(data_dir=tmp_path / "new", database_url=url, secret=SECRET)

    opened = db.open_store(settings)
    found = db.is_postgres()
    db.database.initialize(store)

    assert (type(opened), found) == (kind, is_postgres), why
    assert (tmp_path / "new").exists() == (not is_postgres)
