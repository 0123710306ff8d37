"""A program's address is given once; an acceptance may belong to nobody we know."""

import peewee
import psycopg
import pytest

from backend import clock, db
from backend.models.senders import AutomatedSender


def test_an_address_is_one_programs(world):
    values = {
        "org_id": world.alice.org_id,
        "user_id": world.alice.id,
        "address": "crm@ours.test",
        "name": "",
        "opens": True,
        "links": True,
        "per_recipient": True,
    }
    AutomatedSender.create(**values)

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        AutomatedSender.create(**values)


def test_an_acceptance_of_a_stranger_belongs_to_no_organisation(world):
    db.execute("INSERT INTO relay_acceptance VALUES ('k', NULL, %s)", [clock.now()])

    assert db.rows("SELECT key, org_id FROM relay_acceptance") == [("k", None)]
