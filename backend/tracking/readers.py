"""Who opened or clicked a mail before: what a second reader is told from.

Of a mail only the first `derive.TOLD_APART` counted engagements are held against each other, so of
one that goes on for ever no more is read (docs/decisions/0048).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from backend import clock, db
from backend.tracking.derive import TOLD_APART, Reader
from backend.tracking.facts import UNSUBSCRIBE
from backend.tracking.targets import Mail
from backend.tracking.verdicts import Facts
from backend.tracking.windows import Window


class Earlier(NamedTuple):
    """The readers before a window, and how many counted engagements are known to lie before it.

    The number is 0 where it does not matter: too few, with all that follow.
    """

    readers: Sequence[Reader] = ()
    counted: int = 0


NOBODY = Earlier()

_COUNTED = "is_counted AND kind IN ('open', 'click')"
_FIRST = f"ORDER BY occurred_at, id LIMIT {TOLD_APART}"


def earlier_readers(
    mails: Mapping[str, Mail], by_stamp: Mapping[str, Sequence[Facts]], window: Window
) -> dict[str, Earlier]:
    """Who had opened or clicked these mails before the window.

    `by_stamp` are their hits within it. A mail of which nobody is known is left out. Nothing is
    asked about those whose counters say that nobody came before, and of the others nothing from
    before the first one came: of a year's months in PostgreSQL mostly one is looked into.
    """
    first = {
        stamp_id: _first_at(mails[stamp_id], hits, window) for stamp_id, hits in by_stamp.items()
    }
    asked = {stamp_id: at for stamp_id, at in first.items() if at is not None}
    if not asked:
        return {}
    many = {
        stamp_id
        for stamp_id in asked
        if mails[stamp_id].opens_total + mails[stamp_id].click_count + len(by_stamp[stamp_id])
        >= TOLD_APART
    }
    found = {stamp_id: _first_readers(stamp_id, window) for stamp_id in many}
    readers: dict[str, list[Reader]] = {}
    for stamp_id, *reader in db.rows(
        "SELECT DISTINCT stamp_id, copy_id, kind, client, asn, country FROM engagement"
        f" WHERE stamp_id {db.among('uuid')} AND occurred_at >= %s AND occurred_at < %s"
        " AND verdict = 'human' AND is_counted AND client <> ''",
        [db.many(asked.keys() - many), min(asked.values()), window.start],
    ):
        readers.setdefault(stamp_id, []).append(_reader(*reader))
    return found | {stamp_id: Earlier(some) for stamp_id, some in readers.items()}


def _first_at(mail: Mail, hits: Sequence[Facts], window: Window) -> datetime | None:
    """Since when somebody may have come before the window; None if nobody can have."""
    if window.start is None:
        return None
    if any(hit.kind is UNSUBSCRIBE for hit in hits):  # which no counter counts
        return clock.EPOCH
    first = mail.first_opened_at
    return first if first is not None and first < window.start else None


def told_apart_until(mails: Iterable[Mail]) -> dict[str, datetime]:
    """When the last engagement was that is held against others, of the mails that have more."""
    ends = {}
    for mail in mails:
        if mail.opens_total + mail.click_count >= TOLD_APART:
            last = db.one(
                f"SELECT occurred_at FROM engagement WHERE stamp_id = %s AND {_COUNTED}"
                f" ORDER BY occurred_at, id LIMIT 1 OFFSET {TOLD_APART - 1}",
                [mail.stamp_id],
            )
            if last:
                ends[mail.stamp_id] = last[0]
    return ends


def _first_readers(stamp_id: str, window: Window) -> Earlier:
    found = db.rows(
        "SELECT verdict, copy_id, kind, client, asn, country FROM engagement"
        f" WHERE stamp_id = %s AND occurred_at < %s AND {_COUNTED} {_FIRST}",
        [stamp_id, window.start],
    )
    readers = {_reader(*row) for verdict, *row in found if verdict == "human" and row[2]}
    return Earlier(list(readers), len(found))


def _reader(copy_id: str, kind: str, client: str, asn: int | None, country: str | None) -> Reader:
    return Reader(copy_id, kind, client.partition(" ")[0], asn, country)
