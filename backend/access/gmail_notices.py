"""How an organisation has Gmail tell of changes: set up, tried, ended. The worker calls Google."""

from dataclasses import dataclass
from datetime import datetime

from backend import clock, db
from backend.access import audit
from backend.access.grants import SERVICE_KEY, grant_owner, notices_owner
from backend.access.members import Admin
from backend.access.safe import Safe
from backend.errors import Conflict
from backend.models.gmail_notices import GmailNotices, Mode, notices_of
from backend.models.mailboxes import RESTING
from backend.models.organisation_grants import grant_of
from backend.providers.google import ServiceKey


@dataclass(frozen=True, slots=True)
class Given:
    """What an admin fills in: who signs what is pushed, or whose key pulls.

    Pulled without a key, by the one that is there.
    """

    mode: Mode
    topic: str
    subscription: str
    account: str = ""
    key: ServiceKey | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """One mailbox's watch: told of until `ends_at`, refused for `reason`.

    `missed` are the looks in a row that found mail of which nobody had told.
    """

    address: str
    ends_at: datetime | None
    missed: int
    reason: str

    @property
    def is_on(self) -> bool:
        """Whether Gmail tells of it now."""
        return not self.reason and self.ends_at is not None and self.ends_at > clock.now()


def save(admin: Admin, given: Given, safe: Safe) -> GmailNotices:
    """Keep what was filled in, and have it tried.

    A key is replaced by a new one; what is pushed needs none, and the one that pulled is deleted.
    """
    with db.transaction():
        found = notices_of(admin.org_id)
        notices = found or GmailNotices(org_id=admin.org_id)
        notices.mode, notices.topic = given.mode, given.topic
        notices.subscription, notices.account = given.subscription, given.account
        notices.ignored_count, notices.told_at = 0, None
        if given.key:
            notices.account = given.key.client_email
        _retry(notices, is_new=found is None)
        if given.mode is Mode.PUSH:
            safe.drop(notices_owner(notices))
        elif given.key:
            safe.put(notices_owner(notices), SERVICE_KEY, given.key.text)
    detail = {"mode": given.mode, "topic": given.topic, "new_key": bool(given.key)}
    _note(admin, "gmail_notices.saved", notices, detail)
    return notices


def test(notices: GmailNotices) -> None:
    """Have every watch asked for anew, of which Gmail tells at once. Raises Conflict.

    There has to be a mailbox of Gmail's for that.
    """
    if not watches_of(notices.org_id):
        raise Conflict("notices.no_mailbox")
    with db.transaction():
        notices.tested_at = clock.now()
        _retry(notices)


def end(admin: Admin, notices: GmailNotices, safe: Safe) -> None:
    """Be told no more; the worker stops the watches, and mailboxes are looked at as before."""
    with db.transaction():
        safe.drop(notices_owner(notices))
        notices.delete_instance()
    _note(admin, "gmail_notices.ended", notices, {"topic": notices.topic})


def key_account(notices: GmailNotices | None, org_id: str, safe: Safe) -> str:
    """The service account that would pull by a key that is kept, "" if there is none."""
    if notices is not None and safe.has(notices_owner(notices), SERVICE_KEY):
        return notices.account
    grant = grant_of(org_id, "google")
    return grant.account if grant and safe.has(grant_owner(grant), SERVICE_KEY) else ""


def watches_of(org_id: str) -> list[Watch]:
    """Each Gmail mailbox that is captured, and how it is told of."""
    rows = db.rows(
        "SELECT m.address, p.ends_at, p.missed, p.reason FROM mailbox m"
        " LEFT JOIN push_subscription p ON p.mailbox_id = m.id AND p.kind = 'mail'"
        " WHERE m.org_id = %s AND m.provider = 'google' AND m.capture_mode <> 'off'"
        f" AND NOT m.state {db.among('text')} ORDER BY m.address",
        [org_id, db.many(RESTING)],
    )
    return [
        Watch(address, ends_at, missed or 0, why or "") for address, ends_at, missed, why in rows
    ]


def _retry(notices: GmailNotices, *, is_new: bool = False) -> None:
    """Let the worker pull, ask for each watch anew, and look at the mailboxes, all at once."""
    notices.reason, notices.updated_at = "", clock.now()
    notices.save(force_insert=is_new)
    its = "(SELECT id FROM mailbox WHERE org_id = %s AND provider = 'google')"
    db.execute(
        f"UPDATE push_subscription SET next_at = NULL WHERE mailbox_id IN {its}", [notices.org_id]
    )
    db.execute(
        "UPDATE mailbox SET next_sync_at = %s WHERE org_id = %s AND provider = 'google'"
        " AND state = 'active'",
        [clock.now(), notices.org_id],
    )


def _note(admin: Admin, action: str, notices: GmailNotices, detail: dict[str, object]) -> None:
    act = audit.Act(action, "gmail_notices", notices.id)
    audit.note(notices.org_id, admin.email, act, detail)
