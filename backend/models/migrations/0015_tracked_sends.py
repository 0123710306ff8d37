"""Sends by the Gmail add-on, once each."""

from typing import Any

STATEMENTS = (
    """
CREATE TABLE tracked_send (
    stamp_id uuid PRIMARY KEY REFERENCES stamp (id) ON DELETE CASCADE,
    org_id uuid NOT NULL REFERENCES organization (id),
    state text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
)
""",
)


def up(_migrator: Any, db: Any) -> None:
    """Create the table."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
