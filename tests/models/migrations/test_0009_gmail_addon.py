"""One Google account, one user."""

import peewee
import psycopg
import pytest

from backend import db
from backend.models.google import GoogleIdentity


def test_an_account_is_there_once(world):
    values = {
        "org_id": world.alice.org_id,
        "user_id": world.alice.id,
        "issuer": "i",
        "subject": "s",
    }
    GoogleIdentity.create(**values, email="a@b.test")

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        GoogleIdentity.create(**values, email="c@d.test")
