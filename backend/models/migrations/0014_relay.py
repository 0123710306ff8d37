"""The relay: programs that send mail under a policy of their own, and who accepted which mail."""

from typing import Any

STATEMENTS = (
    """
CREATE TABLE automated_sender (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id),
    address text NOT NULL UNIQUE,
    name text NOT NULL,
    opens boolean NOT NULL,
    links boolean NOT NULL,
    per_recipient boolean NOT NULL,
    is_paused boolean NOT NULL DEFAULT FALSE,
    created_at timestamptz NOT NULL
)
""",
    "CREATE INDEX automated_sender_org ON automated_sender (org_id, address)",
    """
CREATE TABLE relay_acceptance (
    key text PRIMARY KEY,
    org_id uuid REFERENCES organization (id),
    accepted_at timestamptz NOT NULL
)
""",
    "CREATE INDEX relay_acceptance_accepted ON relay_acceptance (accepted_at)",
)


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; an acceptance of a sender we do not know belongs to no organisation."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
