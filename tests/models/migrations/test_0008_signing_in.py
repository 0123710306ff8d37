"""A user has one credential, which goes when she goes."""

import peewee
import psycopg
import pytest

from backend import clock, db
from backend.access.factors import credential_of, new_recovery_codes
from backend.models.credentials import Credential, RecoveryCode
from backend.models.org import User

BROKEN = (peewee.IntegrityError, psycopg.IntegrityError)


def test_a_user_has_one_credential(world):
    made = credential_of(world.alice)

    assert credential_of(world.alice).id == made.id
    with pytest.raises(BROKEN), db.transaction():
        db.execute(
            "INSERT INTO credential (id, org_id, user_id) VALUES (%s, %s, %s)",
            [clock.new_id(), world.alice.org_id, world.alice.id],
        )


def test_what_proves_a_user_goes_with_her(world):
    credential_of(world.alice)
    new_recovery_codes(world.alice)

    User.delete().where(User.id == world.alice.id).execute()

    assert Credential.select().count() == RecoveryCode.select().count() == 0
