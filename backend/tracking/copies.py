"""Copies of a stamped mail: each with tokens of its own, kept over repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend import clock, db
from backend.models.mail import Stamp
from backend.tracking.drafts import Host, State
from backend.tracking.facts import Kind
from backend.tracking.stamp_record import is_settled

_COPY_COLUMNS = {
    "id": "uuid",
    "org_id": "uuid",
    "stamp_id": "uuid",
    "address": "text",
    "pixel_token": "text",
    "marker_token": "text",
    "unsubscribe_token": "text",
}


@dataclass(frozen=True, slots=True)
class Copy:
    """What one reader (or, without an address, every reader) gets."""

    id: str
    address: str | None
    pixel_token: str
    unsubscribe_token: str


def shared(stamp: Stamp, addresses: Sequence[str], host: Host, known: Sequence[Copy]) -> Copy:
    """The one copy that everybody gets, of those `known` or a new one.

    It names a reader only if there is just one recipient.
    """
    only = _reader(stamp, addresses)
    first = next(iter(known), None)
    if first is None:
        (first,) = _insert(stamp, [only], host)
    elif first.address != only and not is_settled(stamp):
        db.execute("UPDATE stamp_copy SET address = %s WHERE id = %s", [only, first.id])
    return first


def correct_reader(stamp: Stamp, addresses: Sequence[str]) -> None:
    """Say whom the shared copy went to after all; a copy of one's own stays its reader's."""
    if not stamp.is_per_recipient:
        only = _reader(stamp, addresses)
        db.execute("UPDATE stamp_copy SET address = %s WHERE stamp_id = %s", [only, stamp.id])


def own(
    stamp: Stamp,
    addresses: Sequence[str],
    host: Host,
    known: Sequence[Copy],
    *,
    is_late: bool = False,
) -> dict[str, Copy]:
    """A copy for each of the addresses, made where none is among those `known`.

    Once sent none is made, unless it `is_late`: the same mail comes again for more recipients.
    """
    at = {copy.address: copy for copy in known}
    if not is_settled(stamp) or (is_late and stamp.state == State.SENT):
        missing = [address for address in addresses if address not in at]
        at |= {copy.address: copy for copy in _insert(stamp, missing, host)}
    return {address: at[address] for address in addresses if address in at}


def _reader(stamp: Stamp, addresses: Sequence[str]) -> str | None:
    return addresses[0] if len(addresses) == 1 and not stamp.is_aggregate else None


def known(stamp: Stamp) -> list[Copy]:
    """The copies that there are of it, oldest first."""
    return [
        Copy(*row)
        for row in db.rows(
            "SELECT id, address, pixel_token, unsubscribe_token FROM stamp_copy"
            " WHERE stamp_id = %s AND folds_into IS NULL ORDER BY id",
            [stamp.id],
        )
    ]


def _insert(stamp: Stamp, readers: Sequence[str | None], host: Host) -> list[Copy]:
    now = clock.now()
    made = [
        Copy(
            clock.new_id(now),
            reader,
            host.keys.make(Kind.OPEN, now),
            host.keys.make(Kind.UNSUBSCRIBE, now),
        )
        for reader in readers
    ]
    rows = [
        (
            copy.id,
            stamp.org_id,
            stamp.id,
            copy.address,
            copy.pixel_token,
            host.keys.make(Kind.MARKER, now),
            copy.unsubscribe_token,
        )
        for copy in made
    ]
    db.add_rows("stamp_copy", _COPY_COLUMNS, rows)
    return made
