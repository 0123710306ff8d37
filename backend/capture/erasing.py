"""Erasing a mailbox with all that it brought in, once it is disconnected and that was asked for.

By the worker, in steps: a large one takes minutes, which no page waits for. What another mailbox
has too stays, and what was stamped stays as the sent mail that it was.
"""

from backend import db
from backend.access import coverage
from backend.capture import purging
from backend.capture.purging import Holder
from backend.models.mailboxes import Mailbox, MailboxState, fence

RULE = "erased"


def step() -> int:
    """Take out a part of the mailbox that waits longest; how much, 0 when none does."""
    waiting = Mailbox.select().where(Mailbox.state == MailboxState.ERASING)
    mailbox: Mailbox | None = waiting.order_by(Mailbox.since).first()
    if mailbox is None:
        return 0
    with db.transaction():
        fence(mailbox.id)
        return _drop_mails(mailbox) or _drop_meetings(mailbox) or _drop_mailbox(mailbox)


def _drop_mails(mailbox: Mailbox) -> int:
    found = db.rows(
        f"SELECT DISTINCT message_id FROM message_copy WHERE mailbox_id = %s LIMIT {purging.STEP}",
        [mailbox.id],
    )
    purging.let_go([message_id for (message_id,) in found], RULE, Holder(mailbox_id=mailbox.id))
    return len(found)


def _drop_meetings(mailbox: Mailbox) -> int:
    found = db.rows(
        "DELETE FROM calendar_copy WHERE id IN (SELECT id FROM calendar_copy WHERE mailbox_id = %s"
        f" LIMIT {purging.STEP}) RETURNING event_id",
        [mailbox.id],
    )
    purging.drop_unheld(event_id for (event_id,) in found)
    return len(found)


def _drop_mailbox(mailbox: Mailbox) -> int:
    gone = int(Mailbox.delete().where(Mailbox.id == mailbox.id).execute())
    if gone:  # another worker may have been faster
        coverage.keep_off(mailbox)
    return gone
