"""Meetings are kept by when they ended, so that is looked up instead of when they came."""

from typing import Any

STATEMENTS = """
DROP INDEX calendar_event_captured;
CREATE INDEX calendar_event_ended ON calendar_event (org_id, ends_at)
"""


def up(_migrator: Any, db: Any) -> None:
    """Another index."""
    for statement in STATEMENTS.split(";\n"):
        db.execute_sql(statement)
