"""How large what a mark tells of was: the last backup is one of the installation's marks."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    """Add the column; other marks have no size."""
    db.execute_sql("ALTER TABLE worker_mark ADD COLUMN size bigint")
