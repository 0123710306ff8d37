"""A link's place in its copy is unique by the hash of its address, on PostgreSQL.

An index there takes at most 2,704 bytes a row and a mail's links may have 8,000 characters. SQLite
has no such limit and keeps the table's own constraint.
"""

from typing import Any

STATEMENTS = (
    "ALTER TABLE tracked_link DROP CONSTRAINT tracked_link_copy_id_url_occurrence_key",
    "CREATE UNIQUE INDEX tracked_link_place"
    " ON tracked_link (copy_id, hashtextextended(url, 0), occurrence)",
)


def up(_migrator: Any, db: Any) -> None:
    """Replace the constraint by an index."""
    if "Postgres" in type(db).__name__:
        for statement in STATEMENTS:
            db.execute_sql(statement)
