"""What Gmail tells by Pub/Sub: it brings a mailbox's next look forward, and nothing else.

A message is an organisation's by its subscription, and only that organisation's mailboxes are
looked at for it. One that comes again does nothing, and one of nobody here is counted.
"""

from collections.abc import Sequence

from backend import clock, db
from backend.capture import pushes
from backend.models.gmail_notices import GmailNotices
from backend.providers.pubsub import Told

PLACE = "/webhooks/gmail"  # where Pub/Sub pushes, below PUBLIC_URL


def take(notices: GmailNotices, messages: Sequence[Told | None]) -> int:
    """Within a transaction: bring forward what these are about; how many were of use.

    None stands for a message that could not be read.
    """
    new = [
        each
        for each in messages
        if each is None or pushes.is_new(notices.org_id, f"{notices.id}|{each.id}")
    ]
    taken = sum(each is not None and _brought_forward(notices.org_id, each) for each in new)
    if new:
        db.execute(
            "UPDATE gmail_notices SET told_at = CASE WHEN %s > 0 THEN %s ELSE told_at END,"
            " ignored_count = ignored_count + %s WHERE id = %s",
            [taken, clock.now(), len(new) - taken, notices.id],
        )
    return taken


def _brought_forward(org_id: str, told: Told) -> bool:
    """Whether there is such a mailbox; one that rests stays at rest."""
    row = db.one(
        "SELECT id FROM mailbox WHERE org_id = %s AND provider = 'google' AND address = %s",
        [org_id, told.address],
    )
    if row is not None:
        pushes.bring_forward(row[0], "mail")
    return row is not None
