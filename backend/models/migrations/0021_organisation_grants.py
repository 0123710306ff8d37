"""Access to mailboxes that an organisation gives as a whole, and by whom each mailbox is open."""

from typing import Any

STATEMENTS = """
CREATE TABLE organisation_grant (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    provider text NOT NULL,
    account text NOT NULL DEFAULT '',
    client_id text NOT NULL DEFAULT '',
    domains jsonb NOT NULL DEFAULT '[]',
    pilot text NOT NULL DEFAULT '',
    outside text NOT NULL DEFAULT '',
    covers text NOT NULL DEFAULT 'nobody',
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    tested_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, provider)
);
ALTER TABLE mailbox ADD COLUMN granted_by text NOT NULL DEFAULT 'user'
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table; every mailbox of today was connected by its user."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
