"""The mails of a mailbox that are listed: which wait, which are done, which are given up, and why.

    pending -> done | skipped | retry -> ... | quarantined

Only faults of the mail itself count towards quarantine; a provider that is busy never does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backend import clock, db

MAX_ATTEMPTS = 5
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
MAX_REASON = 200
CAPTURED = "captured"
# Why a mail was left out that may be captured once it is moved, sent or back.
PLACES = ("draft", "spam", "trash", "gone")


class ItemState(StrEnum):
    """Where one listed mail stands."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"
    RETRY = "retry"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many mails of a mailbox stand where."""

    waiting: int
    done: int
    skipped: int
    quarantined: int


def queue(org_id: str, mailbox_id: str, ids: Sequence[str], *, is_live: bool) -> int:
    """Note listed mails that are not known yet, the first of `ids` to be fetched first; how many.

    A mail that waits in the back-fill and comes up as new moves to the front; one that was left out
    for where it lay, and comes up again, may lie elsewhere now.
    """
    if not ids:
        return 0
    known: dict[str, bool] = dict(
        db.rows(
            "SELECT remote_id, is_live FROM sync_item WHERE mailbox_id = %s"
            f" AND remote_id {db.among('text')}",
            [mailbox_id, db.many(ids)],
        )
    )
    if is_live and known:
        _come_up(mailbox_id, known)
    start = clock.micros(clock.wall())
    new = [
        (mailbox_id, remote_id, org_id, is_live, start + place, ItemState.PENDING.value, 0, "")
        for place, remote_id in enumerate(dict.fromkeys(ids))
        if remote_id not in known
    ]
    if new:
        columns = "mailbox_id remote_id org_id is_live position state attempts reason"
        db.insert_rows("sync_item", columns.split(), new)
    return len(new)


def _come_up(mailbox_id: str, ids: Iterable[str]) -> None:
    """Known mails are told as new: those that wait go first, left out ones are looked at anew."""
    of_these = f" WHERE mailbox_id = %s AND remote_id {db.among('text')}"
    which = [mailbox_id, db.many(ids)]
    db.execute(f"UPDATE sync_item SET is_live = %s{of_these} AND state = 'pending'", [True, *which])
    db.execute(
        f"UPDATE sync_item SET is_live = %s, state = 'pending'{of_these}"
        f" AND state = 'skipped' AND reason {db.among('text')}",
        [True, *which, db.many(PLACES)],
    )


def waiting(mailbox_id: str, limit: int) -> list[str]:
    """Ids to fetch now: what is new before the back-fill, each in the order of its listing."""
    return [
        row[0]
        for row in db.rows(
            "SELECT remote_id FROM sync_item WHERE mailbox_id = %s"
            " AND (state = 'pending' OR state = 'retry')"
            " AND (next_try_at IS NULL OR next_try_at <= %s)"
            " ORDER BY is_live DESC, position LIMIT %s",
            [mailbox_id, clock.now(), limit],
        )
    ]


def finish(mailbox_id: str, reasons: Mapping[str, str]) -> None:
    """These mails are taken in (reason CAPTURED) or, for any other reason, left out."""
    db.update_rows(
        "sync_item",
        {"state": "text", "reason": "text", "next_try_at": "timestamptz"},
        [
            (
                (ItemState.DONE if reason == CAPTURED else ItemState.SKIPPED).value,
                reason[:MAX_REASON],
                None,
                mailbox_id,
                remote_id,
            )
            for remote_id, reason in reasons.items()
        ],
        {"mailbox_id": "uuid", "remote_id": "text"},
    )


def fail(mailbox_id: str, remote_id: str, reason: str) -> ItemState:
    """The mail itself could not be taken in: try later, or set it aside after five times."""
    row = db.one(
        "SELECT attempts FROM sync_item WHERE mailbox_id = %s AND remote_id = %s",
        [mailbox_id, remote_id],
    )
    attempts = int(row[0]) + 1 if row else 1
    state = ItemState.QUARANTINED if attempts >= MAX_ATTEMPTS else ItemState.RETRY
    wait = None if state is ItemState.QUARANTINED else RETRY_AFTER[attempts - 1]
    db.execute(
        "UPDATE sync_item SET state = %s, attempts = %s, reason = %s, next_try_at = %s"
        " WHERE mailbox_id = %s AND remote_id = %s",
        [
            state.value,
            attempts,
            reason[:MAX_REASON],
            clock.now() + wait if wait else None,
            mailbox_id,
            remote_id,
        ],
    )
    return state


def counts(mailbox_id: str) -> Counts:
    """How far a mailbox is."""
    found: dict[str, int] = dict(
        db.rows(
            "SELECT state, count(*) FROM sync_item WHERE mailbox_id = %s GROUP BY state",
            [mailbox_id],
        )
    )
    return Counts(
        waiting=int(found.get("pending", 0)) + int(found.get("retry", 0)),
        done=int(found.get("done", 0)),
        skipped=int(found.get("skipped", 0)),
        quarantined=int(found.get("quarantined", 0)),
    )


def quarantined(mailbox_id: str) -> list[tuple[str, str]]:
    """(id at the provider, reason) of the mails that were set aside."""
    rows = db.rows(
        "SELECT remote_id, reason FROM sync_item WHERE mailbox_id = %s AND state = 'quarantined'"
        " ORDER BY position",
        [mailbox_id],
    )
    return [(row[0], row[1]) for row in rows]
