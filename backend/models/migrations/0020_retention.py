"""What was kept for ever until now stays so until an admin chooses a term."""

from typing import Any

POSTGRES = """UPDATE organization SET policy = '{"retention_days": null}'::jsonb || policy"""
SQLITE = "UPDATE organization SET policy = json_insert(policy, '$.retention_days', NULL)"


def up(_migrator: Any, db: Any) -> None:
    """Write it into the policy of every organisation that there is; new ones have the default."""
    db.execute_sql(POSTGRES if "Postgres" in type(db).__name__ else SQLITE)
