"""The worker asks every two seconds who was added or changed lately."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    """An index in the order of their changes."""
    db.execute_sql("CREATE INDEX person_updated ON person (updated_at)")
