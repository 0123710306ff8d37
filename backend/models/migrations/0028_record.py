"""What is past its term is found by an index; and the record that tells if something was changed.

`record_entry` is a chain for each organisation: an entry's hash covers the one before it and a
salted digest of what the message said then. `record_gone` are messages taken out that the chain
does not say so of yet. `record_due` marks a message of which something is to be written down.
"""

from typing import Any

STATEMENTS = """
CREATE INDEX email_message_came ON email_message
    (org_id, (coalesce(captured_at, sent_at, created_at)));
CREATE INDEX capture_decision_decided ON capture_decision (decided_at);
ALTER TABLE email_message ADD COLUMN record_due boolean NOT NULL DEFAULT TRUE;
CREATE INDEX email_message_record_due ON email_message (org_id)
    WHERE record_due AND captured_at IS NOT NULL;
CREATE TABLE record_entry (
    org_id uuid NOT NULL REFERENCES organization (id),
    number bigint NOT NULL,
    message_id uuid NOT NULL,
    what text NOT NULL,
    occurred_at timestamptz NOT NULL,
    facts text,
    salt text,
    digest text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (org_id, number)
);
CREATE INDEX record_entry_message ON record_entry (message_id);
CREATE TABLE record_gone (
    message_id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    gone_at timestamptz NOT NULL
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Add them; what is captured already is written down by the worker, bit by bit."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
