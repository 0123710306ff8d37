"""Activity capture: connections, mailboxes, what was listed and taken in, and what was left out.

A stream's cursor and the ids it covers are written in one transaction, so the ids live here and
nowhere else (docs/decisions, "ids and cursor together").
"""

from typing import Any

STATEMENTS = """
CREATE TABLE connection (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    provider text NOT NULL,
    method text NOT NULL,
    tenant text NOT NULL DEFAULT '',
    client_id text NOT NULL DEFAULT '',
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (org_id, provider)
);
CREATE TABLE mailbox (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id),
    provider text NOT NULL,
    address text NOT NULL,
    aliases jsonb NOT NULL DEFAULT '[]',
    provider_uid text NOT NULL DEFAULT '',
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    capture_mode text NOT NULL DEFAULT 'full',
    visibility text NOT NULL DEFAULT 'team',
    backfill_days integer NOT NULL DEFAULT 180,
    lease_owner text NOT NULL DEFAULT '',
    lease_epoch bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    next_sync_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    last_ok_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, provider, address)
);
CREATE INDEX mailbox_due ON mailbox (next_sync_at);
CREATE INDEX mailbox_user ON mailbox (user_id);
CREATE TABLE sync_stream (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    kind text NOT NULL,
    remote_id text NOT NULL DEFAULT '',
    cursor text NOT NULL DEFAULT '',
    changes_page text NOT NULL DEFAULT '',
    phase text NOT NULL,
    listing_page text NOT NULL DEFAULT '',
    listing_from timestamptz,
    listed bigint NOT NULL DEFAULT 0,
    expected bigint,
    generation integer NOT NULL DEFAULT 0,
    UNIQUE (mailbox_id, kind, remote_id)
);
CREATE TABLE sync_item (
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    remote_id text NOT NULL,
    org_id uuid NOT NULL REFERENCES organization (id),
    is_live boolean NOT NULL,
    position bigint NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    next_try_at timestamptz,
    PRIMARY KEY (mailbox_id, remote_id)
);
CREATE INDEX sync_item_waiting ON sync_item (mailbox_id, is_live, position)
    WHERE state = 'pending' OR state = 'retry';
CREATE TABLE message_copy (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    message_id uuid NOT NULL REFERENCES email_message (id) ON DELETE CASCADE,
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    provider_id text NOT NULL,
    provider_thread_id text NOT NULL DEFAULT '',
    is_sent boolean NOT NULL,
    received_at timestamptz NOT NULL,
    gone_at timestamptz,
    visibility text,
    UNIQUE (mailbox_id, provider_id)
);
CREATE INDEX message_copy_message ON message_copy (message_id);
CREATE INDEX message_copy_thread ON message_copy (mailbox_id, provider_thread_id);
CREATE TABLE message_body (
    message_id uuid PRIMARY KEY REFERENCES email_message (id) ON DELETE CASCADE,
    org_id uuid NOT NULL REFERENCES organization (id),
    text text NOT NULL
);
CREATE TABLE capture_decision (
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    remote_id text NOT NULL,
    org_id uuid NOT NULL REFERENCES organization (id),
    rule text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (mailbox_id, remote_id)
);
CREATE TABLE exclusion (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid REFERENCES "user" (id),
    kind text NOT NULL,
    value text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, user_id, kind, value)
);
CREATE TABLE bounce (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    report_id uuid NOT NULL REFERENCES email_message (id) ON DELETE CASCADE,
    message_id uuid REFERENCES email_message (id) ON DELETE CASCADE,
    address text NOT NULL,
    action text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    is_hard boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    UNIQUE (report_id, address)
);
CREATE INDEX bounce_message ON bounce (message_id);
ALTER TABLE email_message ADD COLUMN dedup_key text;
ALTER TABLE email_message ADD COLUMN captured_at timestamptz;
ALTER TABLE email_message ADD COLUMN kind text NOT NULL DEFAULT '';
ALTER TABLE email_message ADD COLUMN reply_to_id uuid;
CREATE UNIQUE INDEX email_message_dedup ON email_message (org_id, dedup_key);
CREATE INDEX email_message_internet_id ON email_message (org_id, internet_message_id);
ALTER TABLE participant ADD COLUMN rule text NOT NULL DEFAULT '';
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; columns of old ones are null or have a default."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
