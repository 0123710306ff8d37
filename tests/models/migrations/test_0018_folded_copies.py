"""A copy folds into one that there is."""

import peewee
import psycopg
import pytest

from backend import clock, db


def test_a_copy_folds_into_a_copy_that_there_is(world):
    stamped = world.stamp()

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        db.execute(
            "UPDATE stamp_copy SET folds_into = %s WHERE stamp_id = %s",
            [clock.new_id(), stamped.id],
        )
