"""What a mailbox's calendar and its address book have in common: they hold up no mail.

What the provider refuses of one stands with its stream, by the provider's own word; only a lost
grant stops the mailbox.
"""

from datetime import timedelta

from backend import clock, db
from backend.capture import leases, states, streams
from backend.capture.leases import Lease
from backend.capture.streams import Stream
from backend.models.mailboxes import RESTING, Mailbox, MailboxState
from backend.providers.mail import NeedsReauth, ProviderError, TryLater, Unreadable

RETRY = (timedelta(minutes=1), timedelta(minutes=15))
ASK_ANEW = timedelta(hours=1)  # while an administrator has to act
LATER = "later"  # the reason of what passes by itself


def is_due(mailbox: Mailbox, kind: str) -> bool:
    """Whether it is to be looked at now; not where the mailbox rests or was told to wait."""
    row = db.one(
        f"SELECT 1 FROM mailbox b WHERE b.id = %s AND NOT b.state {db.among('text')}"
        " AND NOT EXISTS (SELECT 1 FROM sync_stream s WHERE s.mailbox_id = b.id AND s.kind = %s"
        " AND s.next_at > %s)",
        [mailbox.id, db.many([*RESTING, MailboxState.DELAYED]), kind, clock.now()],
    )
    return row is not None


def reasons(user_id: str, kind: str) -> dict[str, str]:
    """By mailbox of the user: "" for one that is read, LATER, or the provider's own word."""
    rows: list[tuple[str, str]] = db.rows(
        "SELECT s.mailbox_id, s.reason FROM sync_stream s JOIN mailbox b ON b.id = s.mailbox_id"
        " WHERE b.user_id = %s AND s.kind = %s",
        [user_id, kind],
    )
    return dict(rows)


def refused(lease: Lease, stream: Stream, error: ProviderError) -> None:
    """Note the refusal with its stream, and the mailbox's state where its grant is lost."""
    with leases.holding(lease):
        if isinstance(error, NeedsReauth):
            states.needs_person(stream.mailbox_id, error)
        if isinstance(error, Unreadable):  # perhaps a page whose token has grown old
            streams.forget_page(stream)
        is_passing = isinstance(error, TryLater)
        again = states.pause_after(error, *RETRY) if is_passing else ASK_ANEW
        reason = LATER if is_passing else error.code or "refused"
        streams.wait(stream, clock.now() + again, reason)
