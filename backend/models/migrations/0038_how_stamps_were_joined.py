"""By what a stamp was joined with its captured mail (capture.joining)."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    """A column more."""
    db.execute_sql("ALTER TABLE stamp ADD COLUMN joined_by text NOT NULL DEFAULT ''")
