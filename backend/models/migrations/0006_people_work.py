"""Imports that outlive their request, merges that can be taken back, and the lists' new orders.

A merged person's row stays without addresses and words, and `merged_into_id` says whom it became:
so a later file still finds that person by the old source and external id. `person_merge.record`
holds what both were, `person_merge_row` each row that was moved, for taking it back.
"""

from typing import Any

TABLES = """
CREATE TABLE people_import (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    user_id uuid NOT NULL REFERENCES "user" (id),
    file_name text NOT NULL,
    kind text NOT NULL,
    size_bytes bigint NOT NULL,
    state text NOT NULL,
    header jsonb NOT NULL,
    mapping jsonb NOT NULL,
    done_bytes bigint NOT NULL DEFAULT 0,
    done_rows bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    updated bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    kept_refusals bigint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    lease text NOT NULL DEFAULT '',
    lease_until timestamptz,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX people_import_org ON people_import (org_id, created_at, id);
CREATE INDEX people_import_state ON people_import (state, created_at);
CREATE TABLE people_import_fault (
    import_id uuid NOT NULL REFERENCES people_import (id) ON DELETE CASCADE,
    row_number bigint NOT NULL,
    org_id uuid NOT NULL,
    reason text NOT NULL,
    cells jsonb NOT NULL,
    PRIMARY KEY (import_id, row_number)
);
CREATE TABLE person_merge (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    kept_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    merged_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    actor text NOT NULL,
    record jsonb NOT NULL,
    merged_at timestamptz NOT NULL,
    undone_at timestamptz,
    undone_by text NOT NULL DEFAULT ''
);
CREATE INDEX person_merge_kept ON person_merge (kept_id, merged_at);
CREATE INDEX person_merge_merged ON person_merge (merged_id, merged_at);
CREATE TABLE person_merge_row (
    merge_id uuid NOT NULL REFERENCES person_merge (id) ON DELETE CASCADE,
    kind text NOT NULL,
    row_id uuid NOT NULL,
    org_id uuid NOT NULL,
    PRIMARY KEY (merge_id, kind, row_id)
);
ALTER TABLE person ADD COLUMN merged_into_id uuid REFERENCES person (id);
CREATE INDEX person_merged_into ON person (merged_into_id) WHERE merged_into_id IS NOT NULL;
ALTER TABLE session ADD COLUMN client text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN sort_name text {C} NOT NULL DEFAULT '';
UPDATE account SET sort_name = substr(lower(name), 1, 100);
CREATE INDEX account_sort_name ON account (org_id, sort_name, id);
DROP INDEX person_account;
CREATE INDEX person_account ON person (account_id, sort_name, id);
CREATE INDEX person_owner ON person (owner_id, sort_name, id);
CREATE INDEX person_refusing ON person (org_id, sort_name, id) WHERE do_not_track
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the tables, the columns and the indexes."""
    is_postgres = "Postgres" in type(db).__name__
    for statement in TABLES.format(C='COLLATE "C"' if is_postgres else "").split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
