"""Who shares mail with everybody is found without a walk through all mail."""

from typing import Any

INDEX = (
    "CREATE INDEX email_message_shared ON email_message (org_id, user_id) WHERE visibility = 'org'"
)


def up(_migrator: Any, db: Any) -> None:
    """Add the index."""
    db.execute_sql(INDEX)
