"""A picture of a stamp that became part of another counts as that one's own picture."""

from typing import Any

COLUMN = "ALTER TABLE stamp_copy ADD COLUMN folds_into uuid REFERENCES stamp_copy (id)"


def up(_migrator: Any, db: Any) -> None:
    """Add the column: the copy whose hits this one's are."""
    db.execute_sql(COLUMN)
