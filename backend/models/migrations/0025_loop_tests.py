"""Loop tests: a mail sent through the whole of an installation, and how each step went."""

from typing import Any

TABLE = """
CREATE TABLE loop_test (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    connection_id uuid NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    address text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    steps jsonb NOT NULL,
    stamp_id uuid REFERENCES stamp (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX loop_test_state ON loop_test (state, created_at);
CREATE INDEX loop_test_connection ON loop_test (connection_id, created_at)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table."""
    for statement in TABLE.split(";\n"):
        db.execute_sql(statement)
