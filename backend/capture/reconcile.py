"""The nightly count: ids of the last days at the provider against ours; the missing are fetched.

"n checked, n missing, n repaired": the answer to the question that nobody's sync answers. The last
count of each mailbox is kept, for its user's and the admin's pages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import clock, db
from backend.capture import items, leases
from backend.capture.leases import Lease
from backend.models.mailboxes import Mailbox
from backend.providers.mail import MailProvider

DAYS = timedelta(days=7)
MAX_PAGES = 100
NIGHT = range(1, 5)  # hours in UTC
APART = timedelta(hours=6)  # longer than a night, so that each counts once
LONGEST_APART = timedelta(hours=26)  # where the worker did not run at night


@dataclass(frozen=True, slots=True)
class Tally:
    """What was compared; `missing` is queued, and fetched by the mailbox's next turns."""

    checked: int
    missing: int


def compare(mailbox: Mailbox, provider: MailProvider, owner: str) -> Tally | None:
    """List the last days anew and queue every id that we do not know; it is noted down.

    None while another worker has the mailbox, or once it has been taken over. Raises what the
    provider raises. An id that is known, done or left out is not missing.
    """
    tally = None
    with leases.working(mailbox.id, owner) as lease:
        if lease is not None:
            tally = _compared(mailbox, provider, lease)
    return tally


def _compared(mailbox: Mailbox, provider: MailProvider, lease: Lease) -> Tally:
    since, page, checked, missing = clock.now() - DAYS, None, 0, 0
    first = clock.micros(clock.wall())  # where the items lie that are queued here
    for _ in range(MAX_PAGES):
        found = provider.listing(since, page)
        with leases.holding(lease):
            missing += items.queue(mailbox.org_id, mailbox.id, found.ids, is_live=True)
        checked += len(found.ids)
        page = found.next_page
        if page is None:
            break
    with leases.holding(lease):
        _note(mailbox, Tally(checked, missing), first)
    return Tally(checked, missing)


def is_wanted(mailbox: Mailbox, now: datetime) -> bool:
    """Whether the count of this night is due; it then counts as tried, by whichever worker asks.

    The first is due in the night after the mailbox was first asked for.
    """
    apart = APART if now.hour in NIGHT else LONGEST_APART
    with db.transaction():
        is_new = db.execute(
            "INSERT INTO reconciliation (mailbox_id, org_id, tried_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (mailbox_id) DO NOTHING",
            [mailbox.id, mailbox.org_id, now],
        )
        if is_new:
            return False
        return bool(
            db.execute(
                "UPDATE reconciliation SET tried_at = %s WHERE mailbox_id = %s AND tried_at < %s",
                [now, mailbox.id, now - apart],
            )
        )


def settle(mailbox_id: str) -> None:
    """Once none of the missing waits any more, say of the last count how many are here now."""
    db.execute(
        "UPDATE reconciliation SET repaired = missing - (SELECT count(*) FROM sync_item i"
        " WHERE i.mailbox_id = reconciliation.mailbox_id AND NOT i.state IN ('done', 'skipped')"
        " AND i.position BETWEEN first_position AND last_position)"
        " WHERE mailbox_id = %s AND repaired IS NULL AND counted_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM sync_item w WHERE w.mailbox_id = reconciliation.mailbox_id"
        " AND w.position BETWEEN first_position AND last_position"
        " AND w.state IN ('pending', 'retry'))",
        [mailbox_id],
    )


def _note(mailbox: Mailbox, tally: Tally, first: int) -> None:
    now = clock.now()
    last = clock.micros(clock.wall()) + tally.checked
    repaired = None if tally.missing else 0
    db.execute(
        "INSERT INTO reconciliation (mailbox_id, org_id, tried_at, counted_at, checked, missing,"
        " repaired, first_position, last_position) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (mailbox_id) DO UPDATE SET counted_at = excluded.counted_at,"
        " checked = excluded.checked, missing = excluded.missing, repaired = excluded.repaired,"
        " first_position = excluded.first_position, last_position = excluded.last_position",
        [mailbox.id, mailbox.org_id, now, now, tally.checked, tally.missing, repaired, first, last],
    )
