"""When somebody was written to about a mailbox, and what mailboxes cost at their providers."""

from typing import Any

STATEMENTS = """
ALTER TABLE mailbox ADD COLUMN warned_at timestamptz;
CREATE TABLE provider_use (
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    hour text NOT NULL,
    org_id uuid NOT NULL REFERENCES organization (id),
    calls bigint NOT NULL,
    PRIMARY KEY (mailbox_id, hour)
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Add the column and the table."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
