"""Who shares with everybody is found by an index that holds only such mail."""

from backend import db


def test_shared_mail_is_found_by_its_index(world):
    sql = "SELECT 1 FROM email_message WHERE org_id = %s AND user_id = %s AND visibility = 'org'"
    params = [world.alice.org_id, world.alice.id]
    if db.is_postgres():
        db.execute("SET enable_seqscan = off")
        plan = db.rows(f"EXPLAIN {sql}", params)
        db.execute("RESET enable_seqscan")
    else:
        plan = db.rows(f"EXPLAIN QUERY PLAN {sql}", params)

    assert "email_message_shared" in str(plan)
