"""Whether Outlook's send handler runs: a rep's last run, an admin's coverage by client."""

from datetime import timedelta
from typing import Any

from backend import clock, db

# What a run at send comes to when the mail left as it should have.
GOOD = ("stamped", "appended", "untracked")
COVERED = timedelta(days=30)


def last_run(user_id: str) -> dict[str, Any] | None:
    """When the handler ran last for that user, where, and what came of it; None if it never did."""
    row = db.one(
        "SELECT occurred_at, client, version, event, outcome, duration_ms FROM handler_run"
        " WHERE user_id = %s ORDER BY occurred_at DESC LIMIT 1",
        [user_id],
    )
    if row is None:
        return None
    names = ("occurred_at", "client", "version", "event", "outcome", "duration_ms")
    return dict(zip(names, row, strict=True))


def coverage(org_id: str) -> dict[str, Any]:
    """The last 30 days by client: users, sends, those stamped, failed, the slowest of twenty.

    `users_never` counts users with a connected panel whose handler never ran in that time.
    """
    since = clock.now() - COVERED
    sends: dict[str, list[tuple[str, str, int, Any]]] = {}
    for client, user_id, outcome, duration_ms, occurred_at in db.rows(
        "SELECT client, user_id, outcome, duration_ms, occurred_at FROM handler_run"
        " WHERE org_id = %s AND event = 'send' AND occurred_at > %s ORDER BY occurred_at",
        [org_id, since],
    ):
        sends.setdefault(client, []).append((user_id, outcome, duration_ms, occurred_at))
    return {
        "days": COVERED.days,
        "clients": [_of_client(client, runs) for client, runs in sorted(sends.items())],
        "users_never": _never(org_id, since),
    }


def _of_client(client: str, runs: list[tuple[str, str, int, Any]]) -> dict[str, Any]:
    outcomes = [outcome for _, outcome, _, _ in runs]
    durations = sorted(duration for _, _, duration, _ in runs)
    return {
        "client": client,
        "users": len({user_id for user_id, *_ in runs}),
        "sends": len(runs),
        "stamped": outcomes.count("stamped") + outcomes.count("appended"),
        "failed": sum(outcome not in GOOD for outcome in outcomes),
        "p95_ms": durations[int(0.95 * (len(durations) - 1))],
        "last_at": runs[-1][3],
    }


def _never(org_id: str, since: Any) -> int:
    row = db.one(
        "SELECT count(DISTINCT p.user_id) FROM pairing p WHERE p.org_id = %s"
        " AND p.approved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM handler_run r"
        " WHERE r.user_id = p.user_id AND r.event <> 'panel' AND r.occurred_at > %s)",
        [org_id, since],
    )
    return int(row[0]) if row else 0
