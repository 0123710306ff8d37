"""Hits of which nothing was kept but a count, by what is behind it."""

from collections import Counter
from datetime import timedelta

from backend import clock, db

DAYS = 30
# As backend.tracking.refusals writes them.
_OFF = frozenset({"stopped", "disarmed", "untracked", "switched_off"})


def of(org_id: str) -> dict[str, int]:
    """Such hits of the last `DAYS` days: "wishes" of people and policy, or "off".

    Those of which there was none are not in it.
    """
    since = (clock.now() - timedelta(days=DAYS)).date().isoformat()
    found: Counter[str] = Counter()
    for reason, hits in db.rows(
        "SELECT reason, sum(hits) FROM dropped_hit WHERE org_id = %s AND happened_on > %s"
        " GROUP BY reason ORDER BY reason",
        [org_id, since],
    ):
        found["off" if reason in _OFF else "wishes"] += int(hits)
    return dict(found)
