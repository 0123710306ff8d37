"""Mails whose send nobody has confirmed are found without going through all that were sent."""

from typing import Any

INDEX = "CREATE INDEX stamp_unsent ON stamp (user_id, created_at) WHERE sent_at IS NULL"


def up(_migrator: Any, db: Any) -> None:
    """Add the index."""
    db.execute_sql(INDEX)
