"""A hit is set aside once, with its reason."""

import peewee
import psycopg
import pytest

from backend import clock, db


def test_a_hit_set_aside_needs_a_reason(world):
    given = [clock.new_id(), "hit", None, clock.now()]

    with pytest.raises((peewee.IntegrityError, psycopg.IntegrityError)), db.transaction():
        db.execute(
            "INSERT INTO set_aside_hit (id, hit, reason, set_aside_at) VALUES (%s, %s, %s, %s)",
            given,
        )
