"""Sealed secrets: one of a name for each thing, and none without an organisation."""

import peewee
import psycopg
import pytest

from backend import clock, db

BROKEN = (peewee.IntegrityError, psycopg.IntegrityError)
INSERT = (
    "INSERT INTO secret (id, org_id, owner_type, owner_id, name, envelope, updated_at)"
    " VALUES (%s, %s, 'mailbox', %s, 'tokens', 'v1.k.x', %s)"
)


def test_a_thing_has_one_secret_of_a_name(world):
    alice = world.alice
    db.execute(INSERT, [clock.new_id(), alice.org_id, alice.id, clock.now()])

    with pytest.raises(BROKEN), db.transaction():
        db.execute(INSERT, [clock.new_id(), alice.org_id, alice.id, clock.now()])


def test_a_secret_belongs_to_an_organisation(world):
    with pytest.raises(BROKEN), db.transaction():
        db.execute(INSERT, [clock.new_id(), clock.new_id(), clock.new_id(), clock.now()])
