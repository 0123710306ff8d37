"""What was captured before an exclusion came can be purged, by the worker and in steps."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE exclusion ADD COLUMN purge_asked_at timestamptz",
    "ALTER TABLE exclusion ADD COLUMN purged_at timestamptz",
    "ALTER TABLE exclusion ADD COLUMN purged_count bigint NOT NULL DEFAULT 0",
    # A message that goes leaves nothing that points to it.
    "CREATE INDEX email_message_answers ON email_message (reply_to_id)"
    " WHERE reply_to_id IS NOT NULL",
)


def up(_migrator: Any, db: Any) -> None:
    """Add the columns and the index."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
