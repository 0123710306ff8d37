"""What came back by mail to a stamped mail: replies and bounces, as engagements beside the hits.

Each has an id made of what caused it, so that taking the same mail in twice changes nothing. They
are facts told by the mail itself: no rule judges them, and a new reading of the hits leaves them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from backend import clock, db
from backend.models.mail import Stamp
from backend.tracking import summaries
from backend.tracking.classify import RULES_VERSION

CERTAIN = 1.0
# Reasons of a Suppression.
HARD_BOUNCE = "hard_bounce"
COMPLAINT = "complaint"
UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reply or bounce: of whom, when, how it was recognised; `source` names what caused it.

    `label` is what is told beside it: of a bounce, the other server's code.
    """

    kind: str
    address: str
    person_id: str | None
    occurred_at: datetime
    reason: str
    source: str
    label: str = ""


def record(stamp: Stamp, outcome: Outcome) -> bool:
    """Show it in the sender's Feed; whether it is new. In the caller's transaction."""
    copy_id = _copy_of(stamp.id, outcome.address)
    if copy_id is None:  # nothing of this mail was ever measured
        return False
    row = {
        "id": _id_of(stamp.id, outcome),
        "occurred_at": outcome.occurred_at,
        "org_id": stamp.org_id,
        "user_id": stamp.user_id,
        "stamp_id": stamp.id,
        "copy_id": copy_id,
        "kind": outcome.kind,
        "last_at": outcome.occurred_at,
        "verdict": "human" if outcome.kind == "reply" else "unknown",
        "confidence": CERTAIN,
        "reasons": db.dumps([outcome.reason]),
        "is_counted": True,
        "repeats": 0,
        "client": "",
        "device": "",
        "client_label": outcome.label,
        "person_id": outcome.person_id,
        "rules_version": RULES_VERSION,
    }
    marks = ", ".join(["%s"] * len(row))
    is_new = db.execute(
        f"INSERT INTO engagement ({', '.join(row)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
        [*row.values()],
    )
    if is_new:
        summaries.tell_users([stamp.user_id])
    return bool(is_new)


def take_back(stamp_id: str, kind: str, address: str, at: datetime, source: str) -> None:
    """Let what `record` was told with these be gone."""
    outcome = Outcome(kind, address, None, at, "", source)
    db.execute(
        "DELETE FROM engagement WHERE id = %s AND stamp_id = %s",
        [_id_of(stamp_id, outcome), stamp_id],
    )


def suppress(org_id: str, address: str, reason: str, at: datetime) -> None:
    """Nobody should write to this address until that is lifted; what happened at `at` says so.

    One that was lifted later than that stays lifted.
    """
    db.execute(
        "INSERT INTO suppression (id, org_id, address, reason, created_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (org_id, address, reason) DO UPDATE"
        " SET lifted_at = NULL, created_at = excluded.created_at"
        " WHERE suppression.lifted_at < %s",
        [clock.new_id(), org_id, address, reason, clock.now(), at],
    )


def _copy_of(stamp_id: str, address: str) -> str | None:
    """The copy that this recipient got: her own, else the shared one."""
    row = db.one(
        "SELECT id FROM stamp_copy WHERE stamp_id = %s"
        " ORDER BY CASE WHEN address = %s THEN 0 WHEN address IS NULL THEN 1 ELSE 2 END, id"
        " LIMIT 1",
        [stamp_id, address],
    )
    return str(row[0]) if row else None


def _id_of(stamp_id: str, outcome: Outcome) -> str:
    named = f"{stamp_id}|{outcome.kind}|{outcome.address}|{outcome.source}"
    digest = hashlib.sha256(named.encode()).digest()
    return clock.id_of(clock.micros(outcome.occurred_at), digest[:10].hex())
