"""Accounts at providers that users sign in with, and the ways there that are under way."""

from typing import Any

TABLES = """
CREATE TABLE identity (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX identity_user ON identity (user_id);
CREATE TABLE provider_flow (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    connection_id uuid NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    user_id uuid REFERENCES "user" (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    state_hash text NOT NULL UNIQUE,
    browser_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; an account is known by issuer and subject, whatever its address is."""
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)
