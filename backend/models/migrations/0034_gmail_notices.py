"""How an organisation has Gmail tell of changes: its topic and subscription at Pub/Sub."""

from typing import Any

STATEMENTS = """
CREATE TABLE gmail_notices (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL UNIQUE REFERENCES organization (id),
    mode text NOT NULL,
    topic text NOT NULL,
    subscription text NOT NULL,
    account text NOT NULL,
    reason text NOT NULL DEFAULT '',
    told_at timestamptz,
    ignored_count bigint NOT NULL DEFAULT 0,
    tested_at timestamptz,
    updated_at timestamptz NOT NULL
);
CREATE INDEX gmail_notices_subscription ON gmail_notices (subscription)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table; nobody has set it up."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
