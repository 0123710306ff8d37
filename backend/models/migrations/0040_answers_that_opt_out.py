"""An answer that asks to be left alone stays one until the mail that it answers comes."""

from typing import Any


def up(_migrator: Any, db: Any) -> None:
    """A column more."""
    db.execute_sql(
        "ALTER TABLE email_message ADD COLUMN asks_to_stop boolean NOT NULL DEFAULT FALSE"
    )
