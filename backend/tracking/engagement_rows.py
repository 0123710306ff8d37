"""The engagement table's rows: what is in them, and what a new reading says instead."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from backend import db
from backend.tracking.classify import RULES_VERSION
from backend.tracking.derive import Derived
from backend.tracking.targets import Mail
from backend.tracking.windows import Window

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
COLUMNS = (
    *("id", "occurred_at", "org_id", "user_id", "stamp_id", "copy_id", "link_id", "kind"),
    *CHANGING,
)
NO_PERSON = "gpc_no_person"


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
            person_of(mail, row),
        )


def known_of(stamp_ids: Iterable[str], window: Window) -> dict[str, Known]:
    """The engagements of these mails within the window, by id."""
    return _known("stamp_id", stamp_ids, window)


def known_begun_by(hit_ids: Collection[str], window: Window) -> dict[str, Known]:
    """The engagements within the window whose first hit is one of these, by id."""
    return _known("id", hit_ids, window) if hit_ids else {}


def _known(column: str, ids: Iterable[str], window: Window) -> dict[str, Known]:
    where, params = window.condition("occurred_at")
    return {
        row[0]: Known(*row)
        for row in db.rows(
            f"SELECT {', '.join(Known._fields)}"
            f" FROM engagement WHERE {column} {db.among('uuid')}{where}"
            # The others come from mail, not from hits (backend.tracking.outcomes).
            " AND kind IN ('open', 'click', 'unsubscribe')",
            [db.many(ids), *params],
        )
    }


def person_of(mail: Mail, row: Derived) -> str | None:
    """Whom the engagement is about; nobody where the policy or the reader forbids to say."""
    if mail.is_aggregate or NO_PERSON in row.reasons:
        return None
    return mail.copies[row.copy].person_id


def new_row(mail: Mail, row: Derived) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    whose = (mail.org_id, mail.user_id, mail.stamp_id)
    return row.id, row.occurred_at, *whose, row.copy, row.link, row.kind, *_reading(mail, row)


def changed_row(mail: Mail, row: Derived) -> tuple[Any, ...]:
    """The values of CHANGING, and behind them those of KEY."""
    return *_reading(mail, row), row.id, row.occurred_at


def _reading(mail: Mail, row: Derived) -> tuple[Any, ...]:
    return (
        row.last_at,
        str(row.verdict),
        row.confidence,
        _codes(row.reasons),
        _codes(row.hints) if row.hints else None,
        row.is_counted,
        row.repeats,
        row.client,
        row.device,
        row.client_label,
        row.asn,
        row.country,
        person_of(mail, row),
        RULES_VERSION,
    )


_codes = lru_cache(1_024)(db.dumps)  # a few dozen different ones are written again and again
