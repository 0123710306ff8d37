"""A mailbox's one visible state: where it stands, why, since when, and when it is looked at next.

connecting -> backfilling -> active <-> delayed
needs_reauth, needs_admin: a person has to do something; nobody calls the provider until then
"""

from datetime import timedelta
from random import SystemRandom

from backend import clock, db
from backend.models.mailboxes import (
    AWAKE,
    RESTING,
    STOPPED,
    CaptureMode,
    GrantedBy,
    Mailbox,
    MailboxState,
)
from backend.providers.mail import NeedsReauth, ProviderError, TryLater

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)  # docs/capture.md, States of a mailbox
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_ASKED = timedelta(days=1)  # whatever a provider asks for

_chance = SystemRandom()


def due(limit: int) -> list[str]:
    """Ids of mailboxes to look at now, the longest waiting first."""
    return [
        row[0]
        for row in db.rows(
            "SELECT id FROM mailbox WHERE next_sync_at <= %s"
            f" AND NOT state {db.among('text')} AND capture_mode <> 'off'"
            " ORDER BY next_sync_at LIMIT %s",
            [clock.now(), db.many(RESTING), limit],
        )
    ]


def succeeded(mailbox_id: str, *, is_filled: bool, after: timedelta) -> None:
    """A turn went well; the next one comes after that time, or at once while there is more."""
    state = MailboxState.ACTIVE if is_filled else MailboxState.BACKFILLING
    now = clock.now()
    _enter(mailbox_id, state, "")
    db.execute(
        "UPDATE mailbox SET failures = 0, last_ok_at = %s, next_sync_at = %s WHERE id = %s",
        [now, now + after if is_filled else now, mailbox_id],
    )


def wanted(mailbox_id: str) -> Mailbox | None:
    """The mailbox as it is now; None where somebody wants it to rest.

    For who has its lease: what is chosen from now on fences the lease off.
    """
    found: Mailbox | None = Mailbox.get_or_none(
        Mailbox.id == mailbox_id,
        Mailbox.state.not_in([*STOPPED]),
        Mailbox.capture_mode != CaptureMode.OFF,
    )
    return found


def hasten(mailbox_id: str) -> None:
    """Something waits: the next turn comes at once."""
    db.execute("UPDATE mailbox SET next_sync_at = %s WHERE id = %s", [clock.now(), mailbox_id])


def delayed(mailbox_id: str, error: ProviderError) -> None:
    """The provider is away or busy: longer and longer, unless it says how long."""
    row = db.one("SELECT failures FROM mailbox WHERE id = %s", [mailbox_id])
    failures = int(row[0]) + 1 if row else 1
    longest = min(FIRST_WAIT * 2 ** min(failures, 20), LONGEST_WAIT)
    _enter(mailbox_id, MailboxState.DELAYED, error.code)
    db.execute(
        "UPDATE mailbox SET failures = %s, next_sync_at = %s WHERE id = %s",
        [failures, clock.now() + pause_after(error, SHORTEST_WAIT, longest), mailbox_id],
    )


def pause_after(error: ProviderError, shortest: timedelta, longest: timedelta) -> timedelta:
    """Until the next try: what the provider asked for (Retry-After), else any time in between.

    Mailboxes that were refused together do not come back together.
    """
    if isinstance(error, TryLater) and error.after_s is not None:
        return timedelta(seconds=min(error.after_s, LONGEST_ASKED.total_seconds()))
    return shortest + (longest - shortest) * _chance.random()


def needs_person(mailbox_id: str, error: ProviderError) -> None:
    """Nothing can be done until its owner or, where she granted nothing, an administrator acts."""
    row = db.one("SELECT granted_by FROM mailbox WHERE id = %s", [mailbox_id])
    is_owner = isinstance(error, NeedsReauth) and row == (GrantedBy.USER.value,)
    state = MailboxState.NEEDS_REAUTH if is_owner else MailboxState.NEEDS_ADMIN
    _enter(mailbox_id, state, error.code)


def is_awake(mailbox_id: str) -> bool:
    """Whether the provider lets us in at the moment."""
    sql = f"SELECT 1 FROM mailbox WHERE id = %s AND state {db.among('text')}"
    return db.one(sql, [mailbox_id, db.many(AWAKE)]) is not None


def _enter(mailbox_id: str, state: MailboxState, reason: str) -> None:
    """Be in that state; `since` moves only when the state is another.

    One that a person has paused or disconnected during the turn stays so.
    """
    db.execute(
        "UPDATE mailbox SET reason = %s, since = CASE WHEN state = %s THEN since ELSE %s END,"
        f" state = %s WHERE id = %s AND NOT state {db.among('text')}",
        [reason, state.value, clock.now(), state.value, mailbox_id, db.many(STOPPED)],
    )
