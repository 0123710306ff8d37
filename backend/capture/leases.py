"""One worker per mailbox: a lease with a fencing number.

Who takes a mailbox raises its `lease_epoch`. Every transaction of the holder begins with `hold`,
which changes nothing unless the epoch is still the holder's: a worker that slept too long cannot
write over the one that took its place.
"""

from dataclasses import dataclass
from datetime import timedelta

from backend import clock, db

LIFE = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another worker has the mailbox now: stop, without writing anything more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a mailbox, as long as nobody has taken it over."""

    mailbox_id: str
    epoch: int


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
