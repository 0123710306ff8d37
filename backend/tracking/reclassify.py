"""Judge the past by today's rules: every mail's engagements made anew from its stored hits."""

from collections.abc import Callable, Iterator

from backend import db
from backend.tracking import engagements
from backend.tracking.ledger import Change

CHUNK = 200


class _Undo(Exception):
    """Leaves a transaction without keeping what it did."""


def mails() -> int:
    """How many mails there are to go through."""
    row = db.one("SELECT count(*) FROM stamp")
    return int(row[0]) if row else 0


def everything(*, is_dry_run: bool, tell: Callable[[int], None], chunk: int = CHUNK) -> Change:
    """Go through all mails, oldest first; what changed, or would in a dry run.

    A transaction per chunk: interrupted, it has judged a part of the mails and can start again.
    """
    total, done = Change(), 0
    for stamp_ids in _chunks(chunk):
        total.add(_dry(stamp_ids) if is_dry_run else engagements.rejudge(stamp_ids))
        done += len(stamp_ids)
        tell(done)
    return total


def _dry(stamp_ids: list[str]) -> Change:
    change = Change()
    try:
        with db.transaction():
            change = engagements.rejudge(stamp_ids)
            raise _Undo
    except _Undo:
        return change


def _chunks(size: int) -> Iterator[list[str]]:
    after = "00000000-0000-0000-0000-000000000000"
    while True:
        found = db.rows("SELECT id FROM stamp WHERE id > %s ORDER BY id LIMIT %s", [after, size])
        if not found:
            return
        yield [stamp_id for (stamp_id,) in found]
        after = found[-1][0]
