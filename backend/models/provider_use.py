"""How many calls each mailbox cost at its provider, by the hour, for the last day."""

from datetime import datetime, timedelta

from backend import clock, db

KEPT = timedelta(days=1)


def note(mailbox_id: str, calls: int) -> None:
    """Add these calls to the present hour's; of a mailbox that is gone meanwhile nothing."""
    db.execute(
        "INSERT INTO provider_use (mailbox_id, hour, org_id, calls)"
        " SELECT id, %s, org_id, %s FROM mailbox WHERE id = %s"
        " ON CONFLICT (mailbox_id, hour) DO UPDATE SET calls = provider_use.calls + excluded.calls",
        [_hour(clock.now()), calls, mailbox_id],
    )


def forget_old() -> int:
    """Delete the hours before the last day; how many rows."""
    return db.execute("DELETE FROM provider_use WHERE hour < %s", [_hour(clock.now() - KEPT)])


def _hour(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H")
