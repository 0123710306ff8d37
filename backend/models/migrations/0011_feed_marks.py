"""Up to where each user has seen her Feed, and how often people of an organisation were renamed.

The Feed's ETag is made of these and the user's feed_version, so that panels that share a user agree
on what is unread, and see a new name at their next poll.
"""

from typing import Any

STATEMENTS = (
    'ALTER TABLE "user" ADD COLUMN feed_seen_id uuid',
    "ALTER TABLE organization ADD COLUMN people_version bigint NOT NULL DEFAULT 0",
)


def up(_migrator: Any, db: Any) -> None:
    """Add both columns; nothing counts as seen at first."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
