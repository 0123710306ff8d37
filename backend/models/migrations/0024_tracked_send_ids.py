"""A mail that the add-on has sent is found again by the id that Gmail gave it."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE tracked_send ADD COLUMN gmail_id text",
    "CREATE INDEX tracked_send_gmail ON tracked_send (gmail_id) WHERE gmail_id IS NOT NULL",
)


def up(_migrator: Any, db: Any) -> None:
    """Add the column and its index."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
