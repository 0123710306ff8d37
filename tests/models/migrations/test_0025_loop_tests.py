"""A loop test belongs to a connection and goes with it."""

import peewee
import psycopg
import pytest

from backend import clock, db
from backend.models.loop_tests import LoopTest
from backend.models.mailboxes import Connection


def test_a_test_goes_with_its_connection_and_has_one(world):
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider="google", method="user_consent", state="ready"
    )
    values = {
        "org_id": ada.org_id, "user_id": ada.id, "address": ada.email, "language": "en",
    }  # fmt: skip
    LoopTest.create(**values, connection_id=connection.id)

    connection.delete_instance()

    assert LoopTest.select().count() == 0
    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        LoopTest.create(**values, connection_id=clock.new_id())
