"""Whatever was captured before the record came is due to be written down."""

from backend import clock, db
from tests.models.plans import plan_of


def test_a_message_written_by_older_code_is_due(world):
    now = clock.now()
    db.execute(
        "INSERT INTO email_message (id, org_id, user_id, direction, status, subject, created_at)"
        " VALUES (%s, %s, %s, 'sent', 'sent', 'x', %s)",
        [clock.new_id(), world.alice.org_id, world.alice.id, now],
    )

    assert db.rows("SELECT record_due FROM email_message") == [(True,)]


def test_old_mail_is_found_by_an_index(world):
    sql = (
        "SELECT id FROM email_message WHERE org_id = %s"
        " AND coalesce(captured_at, sent_at, created_at) < %s"
        " ORDER BY coalesce(captured_at, sent_at, created_at) LIMIT 100"
    )

    assert "email_message_came" in plan_of(sql, [world.alice.org_id, clock.now()])
