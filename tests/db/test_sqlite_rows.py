"""What SQLite keeps of a value, and how it comes back."""

from datetime import UTC, datetime

import pytest


def value(database, sql):
    with database.connection_context():
        (found,) = database.execute_sql(sql).fetchone()
    return found


def test_a_value_that_no_column_takes_is_refused(database):
    with database.connection_context(), pytest.raises(TypeError, match="no column takes a set"):
        database.execute_sql("UPDATE counter SET number = ?", [{1}])


def test_a_time_is_kept_in_microseconds(database):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    with database.connection_context():
        (kept,) = database.execute_sql("SELECT ?", [at]).fetchone()

    assert kept == 1_795_132_800_000_000
