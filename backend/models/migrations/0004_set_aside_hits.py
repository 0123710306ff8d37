"""Hits that the drain could not take in, kept with the reason instead of holding up the others."""

from typing import Any

TABLE = """
CREATE TABLE set_aside_hit (
    id uuid PRIMARY KEY,
    org_id uuid REFERENCES organization (id),
    hit text NOT NULL,
    reason text NOT NULL,
    set_aside_at timestamptz NOT NULL
)
"""


def up(_migrator: Any, db: Any) -> None:
    """Create the table; a hit nobody could read belongs to no organisation yet."""
    db.execute_sql(TABLE)
