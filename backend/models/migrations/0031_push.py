"""Subscriptions to a provider's notices, and what was told lately, so that nothing counts twice."""

from typing import Any

STATEMENTS = """
CREATE TABLE push_subscription (
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    kind text NOT NULL,
    org_id uuid NOT NULL REFERENCES organization (id),
    provider_id text NOT NULL DEFAULT '',
    secret_hash text NOT NULL DEFAULT '',
    ends_at timestamptz,
    next_at timestamptz,
    reason text NOT NULL DEFAULT '',
    last_event_at timestamptz,
    missed integer NOT NULL DEFAULT 0,
    PRIMARY KEY (mailbox_id, kind)
);
CREATE INDEX push_subscription_provider ON push_subscription (provider_id);
CREATE TABLE push_event (
    digest text PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    told_at timestamptz NOT NULL
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; subscriptions are made by the worker."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
