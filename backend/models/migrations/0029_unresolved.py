"""Whom an address is taken for, as people have chosen; and which mail a decision was about.

`person_id` null is nobody: the address is not offered as a new contact again. A decision keeps a
digest of the mail's Message-ID, so that who has the mail can ask why it was left out.
"""

from typing import Any

STATEMENTS = """
CREATE TABLE address_choice (
    org_id uuid NOT NULL REFERENCES organization (id),
    address text NOT NULL,
    person_id uuid REFERENCES person (id) ON DELETE CASCADE,
    actor text NOT NULL,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, address)
);
CREATE INDEX address_choice_person ON address_choice (person_id);
CREATE INDEX participant_ambiguous ON participant (org_id, address) WHERE rule = 'ambiguous';
CREATE INDEX message_copy_received ON message_copy (mailbox_id, received_at);
ALTER TABLE capture_decision ADD COLUMN message_digest text NOT NULL DEFAULT '';
CREATE INDEX capture_decision_message ON capture_decision (mailbox_id, message_digest)
"""


def up(_migrator: Any, db: Any) -> None:
    """Add them; older decisions know no digest."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
