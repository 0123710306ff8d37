"""A link is held to its copy, which is held to its stamp: none stays behind, none stands alone."""

import peewee
import psycopg
import pytest

from backend import clock, db

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(("table", "column"), [("stamp_copy", "stamp_id"), ("stamp", "id")])
def test_a_link_goes_with_its_copy_and_a_copy_with_its_stamp(world, table, column):
    stamped = world.stamp()
    assert db.rows("SELECT 1 FROM tracked_link WHERE stamp_id = %s", [stamped.id])

    db.execute(f"DELETE FROM {table} WHERE {column} = %s", [stamped.id])

    assert db.rows("SELECT 1 FROM tracked_link WHERE stamp_id = %s", [stamped.id]) == []
    assert db.rows("SELECT 1 FROM link_target") != []


def test_a_link_needs_its_copy(world):
    stamped = world.stamp()
    columns = "org_id, stamp_id, position, occurrence, url, text"

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)):
        db.execute(
            f"INSERT INTO tracked_link (id, copy_id, token, {columns})"
            f" SELECT %s, %s, 'other', {columns} FROM tracked_link WHERE stamp_id = %s",
            [clock.new_id(), NOBODY, stamped.id],
        )


def test_postgres_checks_nothing_but_the_copy(world):
    checked = {key.column for key in db.database.get_foreign_keys("tracked_link")}

    # SQLite would have to write the table anew, and saves nothing by it.
    assert checked == {"copy_id"} | (set() if db.is_postgres() else {"org_id", "stamp_id"})
