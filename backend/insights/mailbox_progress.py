"""How far a mailbox is filled, which mails lie apart and why, and what the last count found."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from backend import db


@dataclass(frozen=True, slots=True)
class Count:
    """The last comparison with the provider; `repaired` is None while the missing are fetched."""

    counted_at: datetime
    checked: int
    missing: int
    repaired: int | None


@dataclass(slots=True)
class Progress:
    """Mails done and known so far; `total` is None while the provider has not told how many.

    It is the provider's own estimate, `is_estimate`, until all are listed. `set_aside` are the
    reasons for which mails were given up, each with how many.
    """

    done: int = 0
    known: int = 0
    total: int | None = None
    is_estimate: bool = False
    is_filled: bool = False
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    count: Count | None = None

    @property
    def set_aside_count(self) -> int:
        """How many mails lie apart."""
        return sum(count for _, count in self.set_aside)


def progress_of(mailbox_ids: Collection[str]) -> dict[str, Progress]:
    """Each of these mailboxes."""
    found = filling_of(mailbox_ids)
    _add_set_aside(found)
    _add_counts(found)
    return found


def filling_of(mailbox_ids: Collection[str]) -> dict[str, Progress]:
    """Of each mailbox how far it is filled; what lies apart and the last count are not asked."""
    found = {mailbox_id: Progress() for mailbox_id in mailbox_ids}
    wanted, is_wanted = [db.many(found)], db.among("uuid")
    for mailbox_id, state, count in db.rows(
        f"SELECT mailbox_id, state, count(*) FROM sync_item WHERE mailbox_id {is_wanted}"
        " GROUP BY mailbox_id, state",
        wanted,
    ):
        found[mailbox_id].known += count
        found[mailbox_id].done += count if state not in {"pending", "retry"} else 0
    for mailbox_id, phase, expected in db.rows(
        "SELECT mailbox_id, phase, expected FROM sync_stream"
        f" WHERE kind = 'mail' AND mailbox_id {is_wanted}",
        wanted,
    ):
        _judge(found[mailbox_id], phase == "idle", expected)
    return found


def standing_of(mailbox_ids: Collection[str]) -> dict[str, Progress]:
    """Of each mailbox what lies apart and what the last count found; nothing else is counted."""
    found = {mailbox_id: Progress() for mailbox_id in mailbox_ids}
    _add_set_aside(found)
    _add_counts(found)
    return found


def _judge(progress: Progress, is_listed: bool, expected: int | None) -> None:
    """Once all is listed the end is known; before, the provider's word, unless it is too small."""
    if is_listed:
        progress.total = progress.known
        progress.is_filled = progress.done == progress.known
    elif expected is not None and expected > progress.known:
        progress.total, progress.is_estimate = expected, True


def _add_set_aside(found: dict[str, Progress]) -> None:
    """Why mails of these mailboxes lie apart, the most frequent reason first."""
    for mailbox_id, reason, count in db.rows(
        "SELECT mailbox_id, reason, count(*) FROM sync_item WHERE state = 'quarantined'"
        f" AND mailbox_id {db.among('uuid')} GROUP BY mailbox_id, reason"
        " ORDER BY count(*) DESC, reason",
        [db.many(found)],
    ):
        found[mailbox_id].set_aside.append((reason, int(count)))


def _add_counts(found: dict[str, Progress]) -> None:
    """What the last comparison of these mailboxes found."""
    for mailbox_id, *count in db.rows(
        "SELECT mailbox_id, counted_at, checked, missing, repaired FROM reconciliation"
        f" WHERE counted_at IS NOT NULL AND mailbox_id {db.among('uuid')}",
        [db.many(found)],
    ):
        found[mailbox_id].count = Count(*count)
