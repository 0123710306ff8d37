"""Addresses with a +tag are looked for when somebody's own address is added or changed."""

from typing import Any

# Drivers take a single "%" for a parameter's mark; to SQLite two are as good as one.
INDEX = """
CREATE INDEX participant_tagged ON participant (org_id, address) WHERE address LIKE '%%+%%'
"""


def up(_migrator: Any, db: Any) -> None:
    """An index of the few that have one."""
    db.execute_sql(INDEX)
