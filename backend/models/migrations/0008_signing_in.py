"""Passwords, second factors, recovery codes, tries that are counted, and the first set-up."""

from typing import Any

TABLES = """
CREATE TABLE credential (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL UNIQUE REFERENCES "user" (id) ON DELETE CASCADE,
    password_hash text NOT NULL DEFAULT '',
    totp_confirmed_at timestamptz,
    totp_step bigint NOT NULL DEFAULT 0
);
CREATE TABLE recovery_code (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    hash text NOT NULL,
    used_at timestamptz
);
CREATE INDEX recovery_code_user ON recovery_code (user_id);
CREATE TABLE signin_try (
    id uuid PRIMARY KEY,
    key text NOT NULL,
    tried_at timestamptz NOT NULL
);
CREATE INDEX signin_try_key ON signin_try (key, tried_at);
CREATE TABLE first_setup (
    id uuid PRIMARY KEY,
    hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz
);
ALTER TABLE session ADD COLUMN authenticated_at timestamptz;
ALTER TABLE session ADD COLUMN second_factor_at timestamptz;
ALTER TABLE session ADD COLUMN awaits_code boolean NOT NULL DEFAULT FALSE;
ALTER TABLE signin_link ADD COLUMN purpose text NOT NULL DEFAULT 'signin'
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; who is signed in today stays so, and confirms it once when it matters."""
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)
