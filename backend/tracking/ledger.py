"""Writing engagements: the difference to what is in the table, and the counters that follow."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from backend import db
from backend.tracking import summaries
from backend.tracking.classify import RULES_VERSION
from backend.tracking.derive import Derived
from backend.tracking.targets import Mail
from backend.tracking.windows import Window

COLUMNS = (
    "id",
    "occurred_at",
    "last_at",
    "org_id",
    "user_id",
    "stamp_id",
    "copy_id",
    "link_id",
    "person_id",
    "kind",
    "verdict",
    "confidence",
    "reasons",
    "hints",
    "is_counted",
    "repeats",
    "client",
    "device",
    "client_label",
    "asn",
    "country",
    "rules_version",
)
KEY = {"id": "uuid", "occurred_at": "timestamptz"}
# What a new reading of the same first hit can change.
CHANGING = {
    "last_at": "timestamptz",
    "verdict": "text",
    "confidence": "real",
    "reasons": "jsonb",
    "hints": "jsonb",
    "is_counted": "boolean",
    "repeats": "integer",
    "client": "text",
    "device": "text",
    "client_label": "text",
    "asn": "bigint",
    "country": "text",
    "person_id": "uuid",
    "rules_version": "integer",
}
NO_PERSON = "gpc_no_person"


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


class Known(NamedTuple):
    """An engagement in the table, as far as a new reading can differ from it."""

    id: str
    stamp_id: str
    occurred_at: datetime
    confidence: float
    verdict: str
    is_counted: bool
    repeats: int
    last_at: datetime
    reasons: list[str]
    hints: list[str] | None
    client: str
    device: str
    client_label: str
    country: str | None
    person_id: str | None

    def says_the_same_as(self, mail: Mail, row: Derived) -> bool:
        """Whether the new reading changes nothing."""
        return abs(self.confidence - row.confidence) < 0.001 and self[4:] == (
            row.verdict,
            row.is_counted,
            row.repeats,
            row.last_at,
            list(row.reasons),
            list(row.hints) or None,
            row.client,
            row.device,
            row.client_label,
            row.country,
            _person(mail, row),
        )


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
    window: Window,
    *,
    known_in: Iterable[str],
) -> Change:
    """Make the table say, within the window, what was derived for these mails, and count it.

    `known_in` names the mails that may have engagements in the window already.
    """
    plan = _compare(mails, derived, _known(known_in, window))
    db.execute_many(
        "DELETE FROM engagement WHERE id = %s AND occurred_at = %s",
        [(gone.id, gone.occurred_at) for gone in plan.removed],
    )
    db.update_rows(
        "engagement",
        CHANGING,
        [_changed_values(mail, row) for _, mail, row in plan.updated],
        KEY,
    )
    db.insert_rows("engagement", COLUMNS, [_values(mail, row) for mail, row in plan.added])
    summaries.write(mails, plan.added, plan.stamps_counted_anew)
    summaries.tell_users({mails[stamp_id].user_id for stamp_id in plan.stamps})
    return plan.change


def _compare(
    mails: Mapping[str, Mail],
    derived: Mapping[str, Sequence[Derived]],
    known: dict[str, Known],
) -> Plan:
    plan = Plan()
    for stamp_id, rows in derived.items():
        for row in rows:
            before = known.pop(row.id, None)
            if before is None:
                plan.added.append((mails[stamp_id], row))
            elif not before.says_the_same_as(mails[stamp_id], row):
                plan.updated.append((before, mails[stamp_id], row))
    plan.removed.extend(known.values())
    return plan


def _known(stamp_ids: Iterable[str], window: Window) -> dict[str, Known]:
    where, params = window.condition("occurred_at")
    return {
        row[0]: Known(*row)
        for row in db.rows(
            f"SELECT {', '.join(Known._fields)}"
            f" FROM engagement WHERE stamp_id {db.among('uuid')}{where}",
            [db.many(stamp_ids), *params],
        )
    }


def _person(mail: Mail, row: Derived) -> str | None:
    if mail.is_aggregate or NO_PERSON in row.reasons:
        return None
    return mail.copies[row.copy].person_id


def _values(mail: Mail, row: Derived) -> tuple[Any, ...]:
    return (
        row.id,
        row.occurred_at,
        row.last_at,
        mail.org_id,
        mail.user_id,
        mail.stamp_id,
        row.copy,
        row.link,
        _person(mail, row),
        row.kind,
        row.verdict.value,
        row.confidence,
        db.dumps(row.reasons),
        db.dumps(row.hints) if row.hints else None,
        row.is_counted,
        row.repeats,
        row.client,
        row.device,
        row.client_label,
        row.asn,
        row.country,
        RULES_VERSION,
    )


def _changed_values(mail: Mail, row: Derived) -> tuple[Any, ...]:
    return (
        row.last_at,
        row.verdict.value,
        row.confidence,
        db.dumps(row.reasons),
        db.dumps(row.hints) if row.hints else None,
        row.is_counted,
        row.repeats,
        row.client,
        row.device,
        row.client_label,
        row.asn,
        row.country,
        _person(mail, row),
        RULES_VERSION,
        row.id,
        row.occurred_at,
    )
