"""How the database would answer a query: whether it goes by the index that was made for it."""

from collections.abc import Sequence
from typing import Any

from backend import db


def plan_of(sql: str, params: Sequence[Any]) -> str:
    """The plan; PostgreSQL goes by a table's size, and scans an empty one unless told not to."""
    if not db.is_postgres():
        return str(db.rows(f"EXPLAIN QUERY PLAN {sql}", params))
    db.execute("SET enable_seqscan = off")
    try:
        return str(db.rows(f"EXPLAIN {sql}", params))
    finally:
        db.execute("RESET enable_seqscan")
