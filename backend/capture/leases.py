"""One worker per mailbox: a lease with a fencing number.

    with working(mailbox_id, owner) as lease:    # None while another worker has the mailbox
        with holding(lease):                     # a transaction

Who takes a mailbox raises its `lease_epoch`. Every transaction of the holder begins with `hold`,
which changes nothing unless the epoch is still the holder's: a worker that slept too long cannot
write over the one that took its place.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from backend import clock, db

LIFE = timedelta(seconds=60)

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has the mailbox now: stop, without writing anything more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a mailbox, as long as nobody has taken it over."""

    mailbox_id: str
    epoch: int


@contextmanager
def working(mailbox_id: str, owner: str) -> Iterator[Lease | None]:
    """The mailbox's lease for this block, None while somebody else holds it.

    The block ends at once, and nothing is raised, where another worker has taken the mailbox over.
    """
    lease = take(mailbox_id, owner)
    try:
        yield lease
    except LeaseLost:
        log.warning("mailbox taken over by another worker", extra={"mailbox": mailbox_id})
    finally:
        if lease is not None:
            release(lease)


@contextmanager
def holding(lease: Lease) -> Iterator[None]:
    """A transaction that only the lease's holder can commit. Raises LeaseLost for another."""
    with db.transaction():
        hold(lease)
        yield


def take(mailbox_id: str, owner: str) -> Lease | None:
    """The mailbox's lease, or None while somebody else holds it."""
    now = clock.wall()
    with db.transaction():
        taken = db.execute(
            "UPDATE mailbox SET lease_owner = %s, lease_until = %s, lease_epoch = lease_epoch + 1"
            " WHERE id = %s AND (lease_until IS NULL OR lease_until < %s)",
            [owner, now + LIFE, mailbox_id, now],
        )
        if not taken:
            return None
        row = db.one("SELECT lease_epoch FROM mailbox WHERE id = %s", [mailbox_id])
    return Lease(mailbox_id, int(row[0])) if row else None


def hold(lease: Lease) -> None:
    """Within a transaction: prolong the lease. Raises LeaseLost if it is another's."""
    held = db.execute(
        "UPDATE mailbox SET lease_until = %s WHERE id = %s AND lease_epoch = %s",
        [clock.wall() + LIFE, lease.mailbox_id, lease.epoch],
    )
    if not held:
        raise LeaseLost


def release(lease: Lease) -> None:
    """Let the mailbox go; nothing if another has it already."""
    db.execute(
        "UPDATE mailbox SET lease_owner = '', lease_until = NULL"
        " WHERE id = %s AND lease_epoch = %s",
        [lease.mailbox_id, lease.epoch],
    )
