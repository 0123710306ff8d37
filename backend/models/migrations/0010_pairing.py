"""For the Outlook add-in: pairing, the manifest's version, the handler's runs.

A token with `idle_days` ends when it was not used for so long.
"""

from typing import Any

STATEMENTS = (
    """CREATE TABLE pairing (
        id uuid PRIMARY KEY,
        org_id uuid REFERENCES organization (id),
        user_id uuid REFERENCES "user" (id) ON DELETE CASCADE,
        device_hash text NOT NULL UNIQUE,
        user_code_hash text NOT NULL UNIQUE,
        mailbox text NOT NULL,
        client text NOT NULL,
        interval_s integer NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        polled_at timestamptz,
        approved_at timestamptz,
        denied_at timestamptz,
        used_at timestamptz
    )""",
    "CREATE INDEX pairing_of_user ON pairing (user_id)",
    "ALTER TABLE api_token ADD COLUMN idle_days integer",
    """CREATE TABLE manifest_version (
        id uuid PRIMARY KEY,
        number integer NOT NULL UNIQUE,
        digest text NOT NULL,
        made_at timestamptz NOT NULL
    )""",
    """CREATE TABLE handler_run (
        id uuid PRIMARY KEY,
        org_id uuid NOT NULL REFERENCES organization (id),
        user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
        client text NOT NULL,
        version text NOT NULL,
        event text NOT NULL,
        outcome text NOT NULL,
        duration_ms integer NOT NULL,
        occurred_at timestamptz NOT NULL
    )""",
    "CREATE INDEX handler_run_of_user ON handler_run (user_id, occurred_at)",
    "CREATE INDEX handler_run_of_org ON handler_run (org_id, occurred_at)",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables; tokens that are there already do not end by lying unused."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
