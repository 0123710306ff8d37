"""A pairing's two secrets are each there once; tokens made before it do not lapse."""

import peewee
import psycopg
import pytest

from backend import db
from backend.models import pairing
from backend.models.access import Scope, issue_token
from backend.models.org import ApiToken
from backend.models.pairing import OutlookClient


@pytest.mark.parametrize("column", ["device_hash", "user_code_hash"])
def test_a_code_is_there_once(world, column):
    pairing.start("a@ours.test", OutlookClient.WEB)
    pairing.start("b@ours.test", OutlookClient.WEB)

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        db.execute(f"UPDATE pairing SET {column} = 'same'")


def test_a_token_made_without_it_does_not_lapse(world):
    issue_token(world.alice, Scope.API)

    assert ApiToken.get().idle_days is None
