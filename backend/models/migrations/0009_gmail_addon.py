"""The Gmail add-on: whose Google account it is, and the links that say so."""

from typing import Any

TABLES = (
    """
CREATE TABLE google_identity (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
)
""",
    "CREATE INDEX google_identity_user ON google_identity (user_id)",
    """
CREATE TABLE google_link (
    id uuid PRIMARY KEY,
    org_id uuid REFERENCES organization (id),
    hash text NOT NULL UNIQUE,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
)
""",
    "CREATE INDEX google_link_account ON google_link (issuer, subject)",
)


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; a link belongs to no organisation until somebody accepts it."""
    for statement in TABLES:
        db.execute_sql(statement)
