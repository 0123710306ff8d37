"""What comes behind the first hits of a crowd in a minute is counted here and read no more."""

from typing import Any

STATEMENTS = (
    """
CREATE TABLE surplus (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization (id),
    stamp_id uuid NOT NULL REFERENCES stamp (id) ON DELETE CASCADE,
    copy_id uuid NOT NULL,
    link_id uuid,
    kind text NOT NULL,
    reader_key bytea NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    hits bigint NOT NULL
)
""",
    "CREATE INDEX surplus_stamp ON surplus (stamp_id)",
    "CREATE INDEX surplus_time ON surplus (first_at)",
    "CREATE INDEX surplus_crowd ON surplus (copy_id, kind, first_at)",
)


def up(_migrator: Any, db: Any) -> None:
    """Create it, empty: hits of before are looked at one by one until their mail is judged anew."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
