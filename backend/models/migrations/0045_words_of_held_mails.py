"""A mail is found by who has it in a mailbox, too: the worker writes the words of such mails anew.

Who shares copies with everybody is found without a walk through all of them.
"""

from typing import Any

# It may be there: for an hour this migration had the number 0043.
INDEX = (
    "CREATE INDEX IF NOT EXISTS message_copy_shared ON message_copy (mailbox_id)"
    " WHERE visibility = 'org'"
)
HELD_ANEW = (
    "UPDATE stamp SET indexed_at = NULL WHERE EXISTS"
    " (SELECT 1 FROM message_copy c JOIN mailbox b ON b.id = c.mailbox_id"
    " WHERE c.message_id = stamp.message_id AND b.user_id <> stamp.user_id)"
)


def up(_migrator: Any, db: Any) -> None:
    """Add the index, and mark the mails that lie in mailboxes of others as not written yet."""
    for statement in (INDEX, HELD_ANEW):
        db.execute_sql(statement)
