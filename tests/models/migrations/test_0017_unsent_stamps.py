"""The count of waiting mails goes by an index of its own."""

from backend import db
from backend.insights import waiting


def test_the_count_of_waiting_mails_uses_it(world):
    if db.is_postgres():  # whose planner goes by the table's size: an empty one is scanned
        db.execute("SET enable_seqscan = off")
    explain = "EXPLAIN " if db.is_postgres() else "EXPLAIN QUERY PLAN "

    found = db.rows(explain + waiting.SQL, [world.alice.id, world.alice.created_at])

    if db.is_postgres():
        db.execute("SET enable_seqscan = on")
    assert "stamp_unsent" in str(found)
