"""Whether the last backup is young enough for what would be lost without it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backend import clock, db
from backend.models import backups
from backend.models.backups import Backup
from backend.models.org import DEMO_USER

# The demo is made anew by a start; an organisation that only has users has nothing to lose yet.
_IS_REAL = """
    SELECT 1 FROM organization o
    WHERE NOT EXISTS (SELECT 1 FROM "user" u WHERE u.org_id = o.id AND u.email = %s)
    AND (EXISTS (SELECT 1 FROM person p WHERE p.org_id = o.id)
        OR EXISTS (SELECT 1 FROM mailbox m WHERE m.org_id = o.id)
        OR EXISTS (SELECT 1 FROM stamp s WHERE s.org_id = o.id))
    LIMIT 1
"""


class State(StrEnum):
    """Where the backups stand."""

    WELL = "well"
    OLD = "old"
    MISSING = "missing"
    NOT_NEEDED = "not_needed"  # there is none, and nobody waits for one


@dataclass(frozen=True, slots=True)
class Standing:
    """The last backup by `backup`, and what is to be thought of its age."""

    state: State
    last: Backup | None


def standing(within_days: int) -> Standing:
    """How the backups of this installation stand; with 0 days none is missed."""
    last = backups.last()
    is_young = last is not None and clock.now() - last.made_at <= timedelta(days=within_days)
    if is_young or not within_days or not _is_real():
        return Standing(State.WELL if last else State.NOT_NEEDED, last)
    return Standing(State.OLD if last else State.MISSING, last)


def _is_real() -> bool:
    """Whether somebody but the demo has data here."""
    return db.one(_IS_REAL, [DEMO_USER]) is not None
