"""A mail is sent by the add-on once."""

import peewee
import psycopg
import pytest

from backend import clock, db


def test_a_mail_has_one_send(world):
    stamped = world.stamp()
    row = [stamped.id, world.alice.org_id, "sending", clock.now()]
    sql = "INSERT INTO tracked_send (stamp_id, org_id, state, started_at) VALUES (%s, %s, %s, %s)"
    db.execute(sql, row)

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        db.execute(sql, row)
