"""Hits into the tables; one that cannot be taken in is set aside, so that it holds up no other."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from backend import clock, db
from backend.errors import Unavailable
from backend.tracking import engagements
from backend.tracking.facts import RawHit
from backend.tracking.refusals import Refused
from backend.tracking.targets import Target

HIT_MAX = 4_000
REASON_MAX = 500

AWAY = (*db.AWAY, Unavailable)

log = logging.getLogger(__name__)


def take(hits: Sequence[RawHit], targets: Mapping[str, Target]) -> Refused:
    """Take hits on these targets in; what was refused, for the caller to count.

    In the caller's transaction. Raises what the database raises while it is away.
    """
    try:
        return engagements.take(hits, targets).refused
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 (whatever one hostile hit raises, others wait behind it)
        if len(hits) == 1:
            _set_aside(hits[0], error)
            return Refused()
        middle = len(hits) // 2
        return _part(hits[:middle], targets) + _part(hits[middle:], targets)


def _part(hits: Sequence[RawHit], targets: Mapping[str, Target]) -> Refused:
    return take(hits, {hit.token: targets[hit.token] for hit in hits if hit.token in targets})


def _set_aside(hit: RawHit, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:REASON_MAX]
    log.error("a hit cannot be taken in and is set aside (%s)", type(error).__name__)
    told = repr(hit)
    # Named by what it holds: a batch that is taken in again sets nothing aside twice.
    row_id = str(UUID(bytes=hashlib.sha256(told.encode("utf-8", "replace")).digest()[:16]))
    db.execute(
        "INSERT INTO set_aside_hit (id, hit, reason, set_aside_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        [row_id, printable(told), printable(reason), clock.now()],
    )


def printable(text: str) -> str:
    """At most `HIT_MAX` characters that every engine takes."""
    return text[:HIT_MAX].encode("ascii", "backslashreplace").decode().replace("\0", "")
