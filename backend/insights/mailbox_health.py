"""How the organisation's mailboxes and the sending stand: what is behind, what is to be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend import clock, db
from backend.models.mailbox_needs import is_stale

DAY = timedelta(days=1)
COVERAGE_DAYS = 30


class Fix(StrEnum):
    """What a person has to do; the words are `health.fix_<value>`."""

    NONE = "none"
    RECONNECT = "reconnect"
    CONNECTION = "connection"
    RESUME = "resume"
    WAIT = "wait"


_OF_STATE = {
    "needs_reauth": Fix.RECONNECT,
    "needs_admin": Fix.CONNECTION,
    "paused": Fix.RESUME,
    "delayed": Fix.WAIT,
}


class Access(StrEnum):
    """What opens the mailbox; the words are `health.access_<value>`."""

    HELD = "held"
    ORGANISATION = "organisation"
    REFUSED = "refused"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """One mailbox: where it stands, since when, what opens it, and what came in.

    `renewed_at` is when its grant was last sealed anew; `sent` and `measured` are its owner's of
    the last COVERAGE_DAYS days.
    """

    id: str
    address: str
    owner: str
    granted_by: str
    capture_mode: str
    renewed_at: datetime | None
    provider: str
    state: str
    reason: str
    since: datetime
    last_ok_at: datetime | None
    next_sync_at: datetime
    failures: int
    day_count: int
    waiting: int
    sent: int
    measured: int
    is_stale: bool
    fix: Fix

    @property
    def access(self) -> Access:
        """What opens it."""
        if self.state == "needs_reauth":
            return Access.REFUSED
        if self.granted_by != "user":
            return Access.ORGANISATION
        return Access.HELD if self.renewed_at else Access.NONE

    @property
    def lag(self) -> timedelta:
        """How long ago the last success was, or that it was connected."""
        return max(timedelta(), clock.now() - (self.last_ok_at or self.since))


_COLUMNS = tuple(MailboxHealth.__dataclass_fields__)[:-2]


@dataclass(frozen=True, slots=True)
class Notices:
    """Whether a mailbox's provider tells of changes, and when it did last.

    `next_at` is when the subscription is renewed, or tried again; `reason` is why there is none.
    """

    next_at: datetime | None
    reason: str
    ends_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Whether it tells now."""
        return not self.reason and self.ends_at is not None and self.ends_at > clock.now()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the mails sent in the last 30 days: how many were measured."""

    sent: int
    measured: int


def mailboxes_of(org_id: str) -> list[MailboxHealth]:
    """Every mailbox that is not disconnected, those first of which something has to be done."""
    now = clock.now()
    since = now - timedelta(days=COVERAGE_DAYS)
    found = [
        _health(row, now)
        for row in db.rows(
            "SELECT m.id, m.address, u.email, m.granted_by, m.capture_mode, k.updated_at,"
            " m.provider, m.state, m.reason, m.since, m.last_ok_at, m.next_sync_at, m.failures,"
            " (SELECT count(*) FROM message_copy c WHERE c.mailbox_id = m.id"
            "  AND c.received_at > %s),"
            " (SELECT count(*) FROM sync_item i WHERE i.mailbox_id = m.id"
            "  AND i.state IN ('pending', 'retry')),"
            " (SELECT count(*) FROM email_message e WHERE e.user_id = m.user_id"
            "  AND e.direction = 'sent' AND e.sent_at > %s),"
            " (SELECT count(*) FROM email_message e JOIN stamp s ON s.message_id = e.id"
            "  WHERE e.user_id = m.user_id AND e.direction = 'sent' AND e.sent_at > %s"
            "  AND s.reason = '')"
            ' FROM mailbox m JOIN "user" u ON u.id = m.user_id'
            " LEFT JOIN secret k ON k.owner_type = 'mailbox' AND k.owner_id = m.id"
            " AND k.name = 'grant'"
            " WHERE m.org_id = %s AND m.state NOT IN ('disconnected', 'erasing')"
            " ORDER BY m.address",
            [now - DAY, since, since, org_id],
        )
    ]
    return sorted(found, key=lambda each: (each.fix is Fix.NONE, not each.is_stale))


def notices_of(org_id: str) -> dict[str, Notices]:
    """Those of each mailbox of the organisation that has a subscription, or tries to have one."""
    return _notices("p.org_id = %s", org_id)


def notices_of_user(user_id: str) -> dict[str, Notices]:
    """Those of a user's own mailboxes."""
    return _notices("p.mailbox_id IN (SELECT id FROM mailbox WHERE user_id = %s)", user_id)


def coverage_of(org_id: str) -> Coverage:
    """The mails sent in the last COVERAGE_DAYS days, also those that syncing found."""
    row = db.one(
        "SELECT count(*), count(s.id) FROM email_message e"
        " LEFT JOIN stamp s ON s.message_id = e.id AND s.reason = ''"
        " WHERE e.org_id = %s AND e.direction = 'sent' AND e.sent_at > %s",
        [org_id, clock.now() - timedelta(days=COVERAGE_DAYS)],
    )
    return Coverage(*row) if row else Coverage(0, 0)


def set_aside(org_id: str) -> int:
    """How many hits could not be taken in and lie apart; those of nobody known count too."""
    row = db.one("SELECT count(*) FROM set_aside_hit WHERE org_id = %s OR org_id IS NULL", [org_id])
    return int(row[0]) if row else 0


def _notices(which: str, value: str) -> dict[str, Notices]:
    """By mailbox: the earliest renewal of its kinds, a refusal of any, the latest notice."""
    found: dict[str, Notices] = {}
    for mailbox_id, next_at, reason, ends_at, told_at in db.rows(
        "SELECT p.mailbox_id, p.next_at, p.reason, p.ends_at, p.last_event_at"
        f" FROM push_subscription p WHERE {which}",
        [value],
    ):
        one = found.get(mailbox_id, Notices(next_at, reason, ends_at, told_at))
        found[mailbox_id] = Notices(
            min(filter(None, (one.next_at, next_at)), default=None),
            one.reason or reason,
            min(filter(None, (one.ends_at, ends_at)), default=None),
            max(filter(None, (one.told_at, told_at)), default=None),
        )
    return found


def _health(row: db.Row, now: datetime) -> MailboxHealth:
    facts = dict(zip(_COLUMNS, row, strict=True))
    state, since, last_ok_at = facts["state"], facts["since"], facts["last_ok_at"]
    stale = is_stale(state, facts["capture_mode"], last_ok_at or since, now)
    fix = _OF_STATE.get(state, Fix.WAIT if stale else Fix.NONE)
    return MailboxHealth(**facts, is_stale=stale, fix=fix)
