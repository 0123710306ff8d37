"""A Gmail mailbox's watch, stopped as long as the grant that opens the mailbox still holds."""

from backend import clock, db
from backend.access.connections import Clients
from backend.access.grants import Grants
from backend.models.mailboxes import Mailbox
from backend.providers import gmail_push
from backend.providers.calls import within
from backend.providers.faults import Away
from backend.providers.mail import ProviderError


def stop(clients: Clients, mailbox: Mailbox) -> None:
    """Have Gmail tell no more, if it does. Where that fails the watch runs out by itself."""
    row = db.one(
        "SELECT 1 FROM push_subscription WHERE mailbox_id = %s AND provider_id <> ''"
        " AND ends_at > %s",
        [mailbox.id, clock.now()],
    )
    if row is None or mailbox.provider != "google":
        return
    try:
        access = Grants(clients.settings, clients.safe).access(mailbox)
        within(lambda: gmail_push.stop(access, clients.settings.google_gmail_endpoint))
    except (ProviderError, Away):
        return
    db.execute("DELETE FROM push_subscription WHERE mailbox_id = %s", [mailbox.id])
