"""Copies are found by thread and time, and by message and mailbox.

SQLite, which knows no numbers of its tables, looked through all mails of a mailbox instead.
"""

from typing import Any

STATEMENTS = (
    "DROP INDEX message_copy_thread",
    "CREATE INDEX message_copy_thread"
    " ON message_copy (mailbox_id, provider_thread_id, received_at)",
    "DROP INDEX message_copy_message",
    "CREATE INDEX message_copy_message ON message_copy (message_id, mailbox_id)",
)


def up(_migrator: Any, db: Any) -> None:
    """The same indexes, longer."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
