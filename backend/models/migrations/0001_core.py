"""The first tables: organisation, people, stamped mail, hits and engagements.

Types are PostgreSQL's; SQLite takes them as declared names and `backend.db` converts by them.
hit and engagement have no foreign keys (the drain writes thousands a second and joins them by id)
and are partitioned by month on PostgreSQL.
"""

from pathlib import Path
from typing import Any

TABLES = Path(__file__).with_suffix(".sql")


def up(_migrator: Any, db: Any) -> None:
    """Create the tables; a default partition takes what no month's partition does."""
    is_postgres = "Postgres" in type(db).__name__
    for statement in TABLES.read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement if is_postgres else _for_sqlite(statement))
    if is_postgres:
        for table in ("hit", "engagement"):
            db.execute_sql(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def _for_sqlite(statement: str) -> str:
    # Without partitions the id alone is the key.
    head, partitioned, _ = statement.partition(" PARTITION BY ")
    for column in ("received_at", "occurred_at") if partitioned else ():
        head = head.replace(f"PRIMARY KEY (id, {column})", "PRIMARY KEY (id)")
    return head
