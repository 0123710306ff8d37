"""What is kept too long goes: messages, meetings, and the notes of why mail was left out.

In bounded steps, so that nothing waits long behind one; a step that is broken off is begun anew,
since what is past its term is asked of the tables each time.
"""

from datetime import datetime, timedelta

from backend import clock, db
from backend.access import audit
from backend.capture import purging
from backend.models.retention import CAME
from backend.tracking.policy import policy_of

BATCHES = 5  # of a step, each a transaction
DECISIONS_KEPT = timedelta(days=30)  # docs/capture.md, What is captured


def step() -> int:
    """A bounded part of what is due in every organisation; how much went, 0 when nothing is due."""
    gone = _forget_decisions()
    for (org_id,) in db.rows("SELECT id FROM organization ORDER BY id"):
        days = policy_of(org_id).retention_days
        if days is not None:
            gone += purge(org_id, clock.now() - timedelta(days=days))
    return gone


def purge(org_id: str, before: datetime) -> int:
    """Take out, in a few transactions, mails that came and meetings that ended before that time.

    How many there were. A meeting's age counts from its end: one to come stays, and one that is
    past the term is not taken in again (capture.meetings).
    """
    mails = meetings = 0
    for _ in range(BATCHES):
        with db.transaction():
            ids = _ids("email_message", CAME, org_id, before)
            mails += purging.purge(ids)
            events = _ids("calendar_event", "ends_at", org_id, before)
            meetings += _drop_meetings(events)
        if len(ids) < purging.STEP and len(events) < purging.STEP:
            break
    if mails or meetings:
        act = audit.Act("retention.purged", "organization", org_id)
        detail = {"mails": mails, "meetings": meetings, "before": before.isoformat()}
        audit.note(org_id, audit.SYSTEM, act, detail)
    return mails + meetings


def _ids(table: str, came: str, org_id: str, before: datetime) -> list[str]:
    return [
        row[0]
        for row in db.rows(
            f"SELECT id FROM {table} WHERE org_id = %s AND {came} < %s ORDER BY {came} LIMIT %s",
            [org_id, before, purging.STEP],
        )
    ]


def _drop_meetings(ids: list[str]) -> int:
    return db.execute(f"DELETE FROM calendar_event WHERE id {db.among('uuid')}", [db.many(ids)])


def _forget_decisions() -> int:
    """Why a mail was left out is known for DECISIONS_KEPT; that it was stays with its item."""
    with db.transaction():
        return db.execute(
            "DELETE FROM capture_decision WHERE (mailbox_id, remote_id) IN"
            " (SELECT mailbox_id, remote_id FROM capture_decision WHERE decided_at < %s LIMIT %s)",
            [clock.now() - DECISIONS_KEPT, purging.STEP],
        )
