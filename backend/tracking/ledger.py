"""Writing engagements: the difference to what is in the table, and the counters that follow."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend import db
from backend.tracking import engagement_rows as rows
from backend.tracking import summaries
from backend.tracking.derive import Derived
from backend.tracking.engagement_rows import Known
from backend.tracking.targets import Mail


@dataclass(slots=True)
class Change:
    """What a write did; `verdicts` counts (from, to) for engagements whose verdict changed."""

    added: int = 0
    removed: int = 0
    updated: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: "Change") -> None:
        """Count another change in."""
        self.added += other.added
        self.removed += other.removed
        self.updated += other.updated
        self.verdicts.update(other.verdicts)


@dataclass(slots=True)
class Plan:
    """The difference between what follows from the hits and what the table says."""

    added: list[tuple[Mail, Derived]] = field(default_factory=list)
    updated: list[tuple[Known, Mail, Derived]] = field(default_factory=list)
    removed: list[Known] = field(default_factory=list)

    @property
    def change(self) -> Change:
        """The plan in numbers."""
        verdicts = Counter(
            (before.verdict, str(row.verdict))
            for before, _, row in self.updated
            if before.verdict != row.verdict
        )
        return Change(len(self.added), len(self.removed), len(self.updated), verdicts)

    @property
    def stamps_counted_anew(self) -> set[str]:
        """Stamps that lose a count, or gain one on an old row: adding up is not enough there."""
        flipped = {
            mail.stamp_id
            for before, mail, row in self.updated
            if before.is_counted != row.is_counted
        }
        return flipped | {gone.stamp_id for gone in self.removed if gone.is_counted}

    @property
    def stamps(self) -> set[str]:
        """Stamps with any difference."""
        named = {mail.stamp_id for mail, _ in self.added}
        named.update(mail.stamp_id for _, mail, _ in self.updated)
        named.update(gone.stamp_id for gone in self.removed)
        return named


def write(
    mails: Mapping[str, Mail],
    derived: Mapping[str, Sequence[Derived]],
    known: Mapping[str, Known],
) -> Change:
    """Make the table say what was derived for these mails, in place of `known`, and count it.

    `known` holds the engagements, by id, that the table has of the same hits.
    """
    plan = _compare(mails, derived, dict(known))
    db.execute_many(
        "DELETE FROM engagement WHERE id = %s AND occurred_at = %s",
        [(gone.id, gone.occurred_at) for gone in plan.removed],
    )
    db.update_rows(
        "engagement",
        rows.CHANGING,
        [rows.changed_row(mail, row) for _, mail, row in plan.updated],
        rows.KEY,
    )
    db.insert_rows(
        "engagement", rows.COLUMNS, [rows.new_row(mail, row) for mail, row in plan.added]
    )
    summaries.write(mails, plan.added, plan.stamps_counted_anew)
    summaries.tell_users({mails[stamp_id].user_id for stamp_id in plan.stamps})
    return plan.change


def _compare(
    mails: Mapping[str, Mail],
    derived: Mapping[str, Sequence[Derived]],
    known: dict[str, Known],
) -> Plan:
    plan = Plan()
    for stamp_id, readings in derived.items():
        mail = mails[stamp_id]
        for row in readings:
            before = known.pop(row.id, None)
            if before is None:
                plan.added.append((mail, row))
            elif not before.says_the_same_as(mail, row):
                plan.updated.append((before, mail, row))
    plan.removed.extend(known.values())
    return plan
