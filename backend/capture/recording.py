"""Writing the record: the worker appends to each organisation's chain what is new or has changed.

Whoever changes a message marks it (`email_message.record_due`) in the statement that changes it;
here its present state is written down. So a mail's way in costs nothing more, and one writer at a
time extends a chain.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backend import clock, db
from backend.capture.messages import DOUBLED
from backend.models import record
from backend.models.record import CAPTURED, CHANGED, PURGED, Entry, State

STEP = 200  # messages of a transaction


def step() -> int:
    """Write down a bounded part of what waits in every organisation; how many messages."""
    written = 0
    for (org_id,) in db.rows("SELECT id FROM organization ORDER BY id"):
        try:
            with db.transaction():
                written += _write(org_id)
        except DOUBLED:
            continue
    return written


def _write(org_id: str) -> int:
    due = _due(org_id)
    gone = db.rows(
        "SELECT message_id, gone_at FROM record_gone WHERE org_id = %s ORDER BY gone_at LIMIT %s",
        [org_id, STEP],
    )
    if not due and not gone:
        return 0
    _append(org_id, [*(_end(org_id, *row) for row in gone), *_changes(org_id, due)])
    is_wanted = db.among("uuid")
    db.execute(
        f"UPDATE email_message SET record_due = %s WHERE id {is_wanted}", [False, db.many(due)]
    )
    db.execute(
        f"DELETE FROM record_gone WHERE message_id {is_wanted}", [db.many(row[0] for row in gone)]
    )
    return len(due) + len(gone)


def _due(org_id: str) -> list[str]:
    """Messages to look at, held so that nobody changes them meanwhile; none is waited for."""
    held = " FOR UPDATE SKIP LOCKED" if db.is_postgres() else ""
    return [
        row[0]
        for row in db.rows(
            "SELECT id FROM email_message WHERE org_id = %s AND record_due"
            f" AND captured_at IS NOT NULL LIMIT %s{held}",
            [org_id, STEP],
        )
    ]


def _changes(org_id: str, message_ids: Sequence[str]) -> list[Entry]:
    """An entry for each of these that says something else than its last entry."""
    known, now = record.last_of(message_ids), clock.now()
    return [
        _entry(org_id, state, CHANGED if _is_alive(known.get(message_id)) else CAPTURED, now)
        for message_id, state in sorted(record.states(message_ids).items())
        if not record.says(known.get(message_id), state)
    ]


def _is_alive(entry: Entry | None) -> bool:
    return entry is not None and entry.salt is not None


def _entry(org_id: str, state: State, what: str, at: datetime) -> Entry:
    salt = secrets.token_hex(16)
    digest = record.digest_of(state, salt)
    return Entry(org_id, 0, state.message_id, what, at, state.facts, salt, digest, "")


def _end(org_id: str, message_id: str, at: datetime) -> Entry:
    return Entry(org_id, 0, message_id, PURGED, at, None, None, "", "")


def _append(org_id: str, entries: Sequence[Entry]) -> None:
    number, before = record.head(org_id)
    rows = []
    for entry in entries:
        number += 1
        placed = replace(entry, number=number)
        before = record.hash_of(before, placed)
        rows.append(tuple(getattr(replace(placed, hash=before), name) for name in record.COLUMNS))
    if rows:
        db.insert_rows("record_entry", record.COLUMNS, rows)
