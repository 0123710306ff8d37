"""Whose address book is brought in: switched on by the mailbox's user, and off again.

What is brought in are the organisation's contacts from then on. Switching off forgets where the
book was read to and which of its entries became whom; the people stay.
"""

from backend import clock, db
from backend.access import audit
from backend.access.grants import GRANT, mailbox_owner
from backend.access.safe import Safe
from backend.errors import Conflict
from backend.models.mailboxes import CONTACTS, ENDED, GrantedBy, Mailbox, fence
from backend.models.org import User
from backend.providers import probe
from backend.providers.google_contacts import SCOPE_MISSING
from backend.providers.kept import KeptGrant
from backend.providers.mail import NeedsReauth
from backend.providers.vault import Unopened


def needs_consent(safe: Safe, mailbox: Mailbox) -> bool:
    """Whether the user has to allow it at the provider first; what an organisation gave, does.

    The provider's word counts for more than the scopes that it named when it gave the grant.
    """
    if mailbox.granted_by == GrantedBy.ORGANISATION:
        return False
    refused = "SELECT 1 FROM sync_stream WHERE mailbox_id = %s AND kind = %s AND reason = %s"
    if db.one(refused, [mailbox.id, CONTACTS, SCOPE_MISSING]):
        return True
    try:
        kept = safe.get(mailbox_owner(mailbox), GRANT)
        return kept is None or not probe.opens_book(mailbox.provider, KeptGrant.of(kept).scopes)
    except (Unopened, NeedsReauth):
        return True


def switch_on(user: User, mailbox: Mailbox) -> None:
    """Bring its contacts in from now on. Raises Conflict for one that is not connected."""
    if mailbox.state in ENDED:
        raise Conflict("connections.done_not_connected")
    now = clock.now()
    with db.transaction():
        Mailbox.update(brings_contacts=True, next_sync_at=now).where(
            Mailbox.id == mailbox.id
        ).execute()
        # What was refused before may be allowed now.
        db.execute(
            "UPDATE sync_stream SET next_at = NULL, reason = '' WHERE mailbox_id = %s"
            " AND kind = %s",
            [mailbox.id, CONTACTS],
        )
        _note(mailbox, user, is_on=True)


def switch_off(user: User, mailbox: Mailbox) -> None:
    """Bring in nothing more of it."""
    with db.transaction():
        forget(mailbox.id)
        _note(mailbox, user, is_on=False)


def forget(mailbox_id: str) -> None:
    """Within a transaction: the book is not brought in, and nothing of it is linked any more."""
    fence(mailbox_id)
    Mailbox.update(brings_contacts=False).where(Mailbox.id == mailbox_id).execute()
    db.execute("DELETE FROM book_entry WHERE mailbox_id = %s", [mailbox_id])
    db.execute(
        "DELETE FROM sync_stream WHERE mailbox_id = %s AND kind = %s", [mailbox_id, CONTACTS]
    )


def _note(mailbox: Mailbox, user: User, *, is_on: bool) -> None:
    act = audit.Act("mailbox.contacts", "mailbox", mailbox.id)
    audit.note(mailbox.org_id, user.email, act, {"provider": mailbox.provider, "on": is_on})
