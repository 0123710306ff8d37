"""Calendars: meetings, whose calendars hold them, who takes part; and when a stream is due.

A meeting's subject lies with the copy, so that a private one in a calendar shows nothing of it.
"""

from typing import Any

STATEMENTS = """
CREATE TABLE calendar_event (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    dedup_key text NOT NULL,
    kind text NOT NULL,
    series_key text NOT NULL DEFAULT '',
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL DEFAULT '',
    is_all_day boolean NOT NULL,
    is_cancelled boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    captured_at timestamptz NOT NULL,
    UNIQUE (org_id, dedup_key)
);
CREATE INDEX calendar_event_captured ON calendar_event (org_id, captured_at);
CREATE TABLE calendar_copy (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    event_id uuid NOT NULL REFERENCES calendar_event (id) ON DELETE CASCADE,
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    provider_id text NOT NULL,
    series_id text NOT NULL DEFAULT '',
    subject text NOT NULL,
    is_private boolean NOT NULL,
    visibility text NOT NULL,
    seen_at timestamptz NOT NULL,
    gone_at timestamptz,
    UNIQUE (mailbox_id, provider_id)
);
CREATE INDEX calendar_copy_event ON calendar_copy (event_id);
CREATE INDEX calendar_copy_series ON calendar_copy (mailbox_id, series_id);
CREATE TABLE attendee (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    event_id uuid NOT NULL REFERENCES calendar_event (id) ON DELETE CASCADE,
    part text NOT NULL,
    address text NOT NULL,
    name text NOT NULL,
    answer text NOT NULL,
    person_id uuid,
    rule text NOT NULL,
    UNIQUE (event_id, address)
);
CREATE INDEX attendee_person ON attendee (person_id);
CREATE INDEX attendee_address ON attendee (org_id, address);
ALTER TABLE sync_stream ADD COLUMN next_at timestamptz;
ALTER TABLE sync_stream ADD COLUMN reason text NOT NULL DEFAULT '';
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; the new columns of streams are null or empty."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
