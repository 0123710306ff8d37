"""A mail is found by whom it went to as well: the worker writes the words of all mails anew."""

from typing import Any

ALL_ANEW = "UPDATE stamp SET indexed_at = NULL WHERE indexed_at IS NOT NULL"


def up(_migrator: Any, db: Any) -> None:
    """Mark every mail as not written yet; a search looks at the newest of them itself meanwhile."""
    db.execute_sql(ALL_ANEW)
