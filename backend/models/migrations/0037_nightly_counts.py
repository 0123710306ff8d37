"""What the nightly count of a mailbox found, and which of its mails lie apart."""

from typing import Any

STATEMENTS = (
    """
CREATE TABLE reconciliation (
    mailbox_id uuid PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
    org_id uuid NOT NULL REFERENCES organization (id),
    tried_at timestamptz NOT NULL,
    counted_at timestamptz,
    checked bigint NOT NULL DEFAULT 0,
    missing bigint NOT NULL DEFAULT 0,
    repaired bigint,
    first_position bigint NOT NULL DEFAULT 0,
    last_position bigint NOT NULL DEFAULT 0
)
""",
    "CREATE INDEX sync_item_set_aside ON sync_item (mailbox_id) WHERE state = 'quarantined'",
)


def up(_migrator: Any, db: Any) -> None:
    """Create them."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
