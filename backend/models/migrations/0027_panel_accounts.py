"""A Microsoft account that connects Outlook's panel without a code, linked when one is approved."""

from typing import Any

STATEMENTS = (
    "ALTER TABLE identity ADD COLUMN is_way_in boolean NOT NULL DEFAULT TRUE",
    "ALTER TABLE pairing ADD COLUMN issuer text",
    "ALTER TABLE pairing ADD COLUMN subject text",
    "ALTER TABLE pairing ADD COLUMN account_address text",
)


def up(_migrator: Any, db: Any) -> None:
    """Accounts that are linked already sign their users in."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
