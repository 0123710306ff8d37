"""Address books: whose are brought in, what became of each entry, and when a stream was told whole.

An entry that is left out keeps nothing but its id and the rule; `written` is what of a person came
from the entry, so that what somebody else has typed is never written over.
"""

from typing import Any

STATEMENTS = """
ALTER TABLE mailbox ADD COLUMN brings_contacts boolean NOT NULL DEFAULT FALSE;
ALTER TABLE sync_stream ADD COLUMN told_at timestamptz;
CREATE TABLE book_entry (
    mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    provider_id text NOT NULL,
    org_id uuid NOT NULL REFERENCES organization (id),
    person_id uuid REFERENCES person (id) ON DELETE CASCADE,
    rule text NOT NULL,
    digest text NOT NULL,
    written jsonb NOT NULL,
    generation integer NOT NULL,
    PRIMARY KEY (mailbox_id, provider_id)
);
CREATE INDEX book_entry_person ON book_entry (person_id)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table; no mailbox of today brings its address book in."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
