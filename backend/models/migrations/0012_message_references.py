"""What a received mail refers to, for mails found later; and how far a worker has looked."""

from typing import Any

STATEMENTS = (
    """
CREATE TABLE message_reference (
    org_id uuid NOT NULL REFERENCES organization (id),
    internet_message_id text NOT NULL,
    message_id uuid NOT NULL REFERENCES email_message (id) ON DELETE CASCADE,
    PRIMARY KEY (org_id, internet_message_id, message_id)
)
""",
    "CREATE TABLE worker_mark (name text PRIMARY KEY, at timestamptz NOT NULL)",
    "CREATE INDEX message_reference_message ON message_reference (message_id)",
)


def up(_migrator: Any, db: Any) -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
