"""Sealed secrets: envelopes of the vault with the thing they belong to."""

from typing import Any

TABLE = """
CREATE TABLE secret (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    owner_type text NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    envelope text NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (owner_type, owner_id, name)
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table; an owner is of any table, so nothing points to it."""
    db.execute_sql(TABLE)
