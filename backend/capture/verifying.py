"""Checking the record: that the chain is whole, and that the messages are what it says of them.

Found is: an entry that was changed, taken out or put elsewhere; a message that was changed behind
the product's back, slipped in or taken out; and, with a head that somebody has written down, a
chain that was cut off or written anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from backend import db
from backend.models import record
from backend.models.record import PURGED, START, Entry, State

STEP = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong (`chain`, `entry`, `message`), and where; no content is told."""

    what: str
    where: str


@dataclass(slots=True)
class Checked:
    """How far the check went: entries and messages seen, and messages that wait to be written."""

    entries: int = 0
    messages: int = 0
    waiting: int = 0
    head: tuple[int, str] = (0, START)


@dataclass(slots=True)
class _Seen:
    """Where the walk along the chain is; `bare` are messages that have to turn out to be purged."""

    is_known: bool
    number: int = 0
    hash: str = START
    bare: dict[str, int] = field(default_factory=dict)


def check(
    org_id: str,
    checked: Checked,
    tell: Callable[[int], None],
    known: tuple[int, str] | None = None,
) -> Iterator[Fault]:
    """Every fault in the organisation's record. `known` is a head that was told earlier."""
    yield from _chain(org_id, checked, tell, known)
    yield from _messages(org_id, checked, tell)


def _chain(
    org_id: str,
    checked: Checked,
    tell: Callable[[int], None],
    known: tuple[int, str] | None,
) -> Iterator[Fault]:
    seen = _Seen(known in {None, (0, START)})
    while found := record.entries(org_id, seen.number, STEP):
        for entry in found:
            yield from _link(seen, entry)
            seen.is_known = seen.is_known or known == (seen.number, seen.hash)
        checked.entries += len(found)
        tell(checked.entries)
    checked.head = (seen.number, seen.hash)
    if not seen.is_known:
        yield Fault("chain", "the head that was given is not in it: it was cut off or rewritten")
    going = _going(org_id)
    for message_id, where in seen.bare.items():
        if message_id not in going:
            yield Fault("entry", f"entry {where} lost its facts, and its message was not purged")


def _link(seen: _Seen, entry: Entry) -> Iterator[Fault]:
    """What is wrong with the next entry; `seen` moves on to it."""
    if entry.number != seen.number + 1:
        yield Fault("chain", f"entries {seen.number + 1} to {entry.number - 1} are missing")
    if record.hash_of(seen.hash, entry) != entry.hash:
        yield Fault("chain", f"entry {entry.number} does not follow from the one before it")
    seen.number, seen.hash = entry.number, entry.hash
    if entry.what == PURGED:
        seen.bare.pop(entry.message_id, None)
    elif entry.salt is None or entry.facts is None:
        seen.bare[entry.message_id] = entry.number


def _going(org_id: str) -> set[str]:
    found = db.rows("SELECT message_id FROM record_gone WHERE org_id = %s", [org_id])
    return {row[0] for row in found}


def _messages(org_id: str, checked: Checked, tell: Callable[[int], None]) -> Iterator[Fault]:
    """Messages against their last entries, and last entries whose message is not there."""
    after = "00000000-0000-0000-0000-000000000000"
    while True:
        rows = db.rows(
            "SELECT id, record_due FROM email_message WHERE org_id = %s AND id > %s"
            " AND captured_at IS NOT NULL ORDER BY id LIMIT %s",
            [org_id, after, STEP],
        )
        if not rows:
            break
        ids = [row[0] for row in rows]
        states, last = record.states(ids), record.last_of(ids)
        for message_id, is_due in rows:
            checked.waiting += bool(is_due)
            if not is_due and not _fits(last.get(message_id), states.get(message_id)):
                yield Fault("message", f"message {message_id} is not what the record says of it")
        after = ids[-1]
        checked.messages += len(ids)
        tell(checked.entries + checked.messages)
    yield from _missing(org_id)


def _fits(entry: Entry | None, state: State | None) -> bool:
    """The digest covers the facts as they are; those that stand in the entry are told, too."""
    is_same = entry is not None and state is not None and entry.facts == state.facts
    return is_same and record.says(entry, state)


def _missing(org_id: str) -> Iterator[Fault]:
    for (message_id,) in db.rows(
        "SELECT DISTINCT e.message_id FROM record_entry e WHERE e.org_id = %s AND e.what <> %s"
        " AND NOT EXISTS (SELECT 1 FROM email_message m WHERE m.id = e.message_id"
        " AND m.captured_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM record_gone g WHERE g.message_id = e.message_id)"
        " AND NOT EXISTS (SELECT 1 FROM record_entry p WHERE p.message_id = e.message_id"
        " AND p.what = %s AND p.number > e.number)",
        [org_id, PURGED, PURGED],
    ):
        yield Fault("message", f"message {message_id} is in the record and is not there")
