"""The columns of a purge, and an index that lets a message go without a walk through all."""

from backend import db
from tests.models.plans import plan_of


def test_exclusions_begin_without_a_purge(world):
    db.execute(
        "INSERT INTO exclusion (id, org_id, kind, value, created_at)"
        " VALUES (%s, %s, 'domain', 'x.test', %s)",
        [world.alice.id, world.alice.org_id, world.alice.created_at],
    )

    found = db.one("SELECT purge_asked_at, purged_at, purged_count FROM exclusion")

    assert found == (None, None, 0)


def test_the_answers_of_a_message_are_found_by_an_index(world):
    sql = "SELECT 1 FROM email_message WHERE reply_to_id = %s"

    assert "email_message_answers" in plan_of(sql, [world.alice.id])
