"""Addresses with a +tag are looked for when somebody's own address is added or changed."""

from typing import Any

# Drivers take a single "%" for a parameter's mark; to SQLite two are as good as one.
INDEX = "CREATE INDEX {0}_tagged ON {0} (org_id, address) WHERE address LIKE '%%+%%'"


def up(_migrator: Any, db: Any) -> None:
    """Indexes of the few that have one, of mails and of meetings."""
    for table in ("participant", "attendee"):
        db.execute_sql(INDEX.format(table))
