"""Erasures that somebody outside asked for, and the digests of what must not come back."""

from typing import Any

TABLES = (
    """
    CREATE TABLE erasure (
        id uuid PRIMARY KEY,
        org_id uuid NOT NULL REFERENCES organization (id),
        reference text NOT NULL,
        actor text NOT NULL,
        work jsonb,
        gone jsonb NOT NULL DEFAULT '{}',
        asked_at timestamptz NOT NULL,
        finished_at timestamptz,
        lifted_at timestamptz
    )""",
    """
    CREATE TABLE erased_address (
        org_id uuid NOT NULL REFERENCES organization (id),
        digest text NOT NULL,
        erasure_id uuid NOT NULL REFERENCES erasure (id),
        PRIMARY KEY (org_id, digest)
    )""",
)


def up(_migrator: Any, db: Any) -> None:
    """The tables, and indexes for the worker and the page."""
    for table in TABLES:
        db.execute_sql(table)
    db.execute_sql("CREATE INDEX erasure_of_org ON erasure (org_id, asked_at)")
    db.execute_sql("CREATE INDEX erasure_waiting ON erasure (asked_at) WHERE finished_at IS NULL")
    db.execute_sql("CREATE INDEX erased_address_of ON erased_address (erasure_id)")
