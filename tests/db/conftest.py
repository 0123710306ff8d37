"""A SQLite file with one table."""

import pytest

from backend.db.sqlite import SqliteDatabase


@pytest.fixture
def database(tmp_path):
    made = SqliteDatabase(str(tmp_path / "some.db"))
    with made.connection_context():
        made.execute_sql("CREATE TABLE counter (number integer NOT NULL)")
        made.execute_sql("INSERT INTO counter VALUES (0)")
    yield made
    made.close_all()
