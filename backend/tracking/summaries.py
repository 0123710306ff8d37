"""The counters of a message, and the sign by which a user's Feed is known to have changed.

`open_count` stops at the policy's cap, `opens_total` goes on. A counted click shows that the mail
was opened (`is_open_inferred` while there is no counted open) and adds no open. The first open is
the earliest counted open or click; the last is the latest open, or click where there is no open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend import db
from backend.tracking.derive import Derived
from backend.tracking.targets import Mail


@dataclass(slots=True)
class Summary:
    """What a message's counters say."""

    cap: int
    opens: int = 0
    clicks: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, kind: str, count: int, first: datetime, last: datetime) -> None:
        """Count that many opens or clicks between those times."""
        if kind == "open":
            # Clicks alone had to say when it was last opened; now an open can.
            self.last = last if self.opens == 0 else _latest(self.last, last)
            self.opens += count
        else:
            self.last = self.last if self.opens else _latest(self.last, last)
            self.clicks += count
        self.first = first if self.first is None else min(self.first, first)

    @property
    def open_count(self) -> int:
        """Opens as shown: never above the cap (0 = no cap)."""
        return min(self.opens, self.cap) if self.cap else self.opens


COLUMNS = {
    "is_opened": "boolean",
    "is_open_inferred": "boolean",
    "first_opened_at": "timestamptz",
    "last_opened_at": "timestamptz",
    "open_count": "bigint",
    "opens_total": "bigint",
    "click_count": "bigint",
}
_COUNTED_KINDS = frozenset({"open", "click"})


def write(
    mails: Mapping[str, Mail], added: Sequence[tuple[Mail, Derived]], anew: Iterable[str]
) -> None:
    """Add the new engagements to their messages' counters; count the stamps in `anew` from scratch.

    The caller holds the messages' locks, and `mails` their counters.
    """
    anew_messages = {mails[stamp_id].message_id: mails[stamp_id] for stamp_id in anew}
    summaries = _counted(anew_messages)
    for mail, row in added:
        if row.is_counted and row.kind in _COUNTED_KINDS and mail.message_id not in anew_messages:
            summary = summaries.setdefault(mail.message_id, _known(mail))
            summary.add(row.kind, 1, row.occurred_at, row.occurred_at)
    db.update_rows(
        "email_message",
        COLUMNS,
        [
            (
                bool(one.opens or one.clicks),
                bool(one.clicks and not one.opens),
                one.first,
                one.last,
                one.open_count,
                one.opens,
                one.clicks,
                message_id,
            )
            for message_id, one in sorted(summaries.items())
        ],
    )


def tell_users(user_ids: Iterable[str]) -> None:
    """Move the Feed's version of these users on, so that their panels fetch it anew."""
    wanted = db.many(sorted(user_ids))
    if db.is_postgres():  # in one order, so that two drains never wait for each other in a ring
        db.rows(
            'SELECT id FROM "user" WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE',
            [wanted],
        )
    db.execute(
        f'UPDATE "user" SET feed_version = feed_version + 1 WHERE id {db.among("uuid")}', [wanted]
    )


def _known(mail: Mail) -> Summary:
    return Summary(
        mail.policy.open_count_cap,
        mail.opens_total,
        mail.click_count,
        mail.first_opened_at,
        mail.last_opened_at,
    )


def _counted(messages: Mapping[str, Mail]) -> dict[str, Summary]:
    """Summaries from the engagement table."""
    summaries = {
        message_id: Summary(mail.policy.open_count_cap) for message_id, mail in messages.items()
    }
    if not summaries:
        return summaries
    for message_id, kind, count, first, last in db.rows(
        "SELECT s.message_id, e.kind, count(*), min(e.occurred_at), max(e.occurred_at)"
        " FROM stamp s JOIN engagement e ON e.stamp_id = s.id AND e.is_counted"
        f" WHERE s.message_id {db.among('uuid')} AND e.kind IN ('open', 'click')"
        " GROUP BY s.message_id, e.kind ORDER BY e.kind",  # clicks first, then opens
        [db.many(messages)],
    ):
        earliest, latest = db.as_time(first), db.as_time(last)
        if earliest and latest:
            summaries[message_id].add(kind, count, earliest, latest)
    return summaries


def _latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
