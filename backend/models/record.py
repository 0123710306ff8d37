"""The record: what a captured message said and when that changed, as a chain of salted digests.

Nothing of a message itself stands in it. An entry has what may change by right (times, whose it is,
whether it was answered or came back) and a digest of that together with everything else: id,
subject, people, text. When a message goes, facts and salt of its entries go with it; the digests
stay, tell nothing without the salt, and keep the chain whole.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from backend import clock, db

START = "0" * 64  # the hash before the first entry
CAPTURED, CHANGED, PURGED = "captured", "changed", "purged"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `facts` and `salt` are None once its message is gone."""

    org_id: str
    number: int
    message_id: str
    what: str
    occurred_at: datetime
    facts: str | None
    salt: str | None
    digest: str
    hash: str


@dataclass(frozen=True, slots=True)
class State:
    """A message as it is now: `facts` may change by right, `content` is all the rest."""

    message_id: str
    facts: str
    content: str


COLUMNS = tuple(Entry.__dataclass_fields__)
_FACTS = (
    "user_id", "direction", "status", "kind", "sent_at", "replied_at", "reply_to_id", "is_bounced",
)  # fmt: skip


def states(message_ids: Sequence[str]) -> dict[str, State]:
    """The messages as the tables have them, by id."""
    wanted, is_wanted = db.many(message_ids), db.among("uuid")
    people: dict[str, list[list[str]]] = {}
    for message_id, role, address in db.rows(
        f"SELECT message_id, role, address FROM participant WHERE message_id {is_wanted}"
        " ORDER BY role, address",
        [wanted],
    ):
        people.setdefault(message_id, []).append([role, address])
    found = {}
    for message_id, key, internet_id, subject, text, *facts in db.rows(
        "SELECT m.id, m.dedup_key, m.internet_message_id, m.subject, t.text,"
        f" {', '.join(f'm.{name}' for name in _FACTS)} FROM email_message m"
        f" LEFT JOIN message_body t ON t.message_id = m.id WHERE m.id {is_wanted}",
        [wanted],
    ):
        content = [key, internet_id, subject, text, sorted(people.get(message_id, []))]
        found[message_id] = State(
            message_id, _json(dict(zip(_FACTS, map(_plain, facts), strict=True))), _json(content)
        )
    return found


def digest_of(state: State, salt: str) -> str:
    """What an entry keeps of a message: a digest that nobody can guess back without the salt."""
    return _sha(salt, state.facts, state.content)


def says(entry: Entry | None, state: State | None) -> bool:
    """Whether the entry says of its message what the message is; not of one that is gone."""
    return (
        state is not None
        and entry is not None
        and entry.salt is not None
        and entry.digest == digest_of(state, entry.salt)
    )


def hash_of(before: str, entry: Entry) -> str:
    """The hash of an entry that stands behind one with the hash `before`."""
    at = str(clock.micros(entry.occurred_at))
    return _sha(
        before, entry.org_id, str(entry.number), entry.message_id, entry.what, at, entry.digest
    )


def head(org_id: str) -> tuple[int, str]:
    """(number, hash) of the last entry; (0, START) before the first."""
    row = db.one(
        "SELECT number, hash FROM record_entry WHERE org_id = %s ORDER BY number DESC LIMIT 1",
        [org_id],
    )
    return (int(row[0]), row[1]) if row else (0, START)


def entries(org_id: str, after: int, limit: int) -> list[Entry]:
    """The entries behind that number, in order."""
    found = db.rows(
        f"SELECT {', '.join(COLUMNS)} FROM record_entry WHERE org_id = %s AND number > %s"
        " ORDER BY number LIMIT %s",
        [org_id, after, limit],
    )
    return [Entry(*row) for row in found]


def last_of(message_ids: Sequence[str]) -> dict[str, Entry]:
    """The last entry of each of these messages that has one."""
    found = db.rows(
        f"SELECT {', '.join(COLUMNS)} FROM record_entry WHERE message_id {db.among('uuid')}"
        " ORDER BY number",
        [db.many(message_ids)],
    )
    return {row[2]: Entry(*row) for row in found}


def forget(message_ids: Sequence[str]) -> None:
    """Keep of these messages' entries the digests alone, and have the chain say that they went."""
    wanted, is_wanted = db.many(message_ids), db.among("uuid")
    db.execute(
        f"UPDATE record_entry SET facts = NULL, salt = NULL WHERE message_id {is_wanted}", [wanted]
    )
    db.execute(
        "INSERT INTO record_gone (message_id, org_id, gone_at) SELECT m.id, m.org_id, %s"
        f" FROM email_message m WHERE m.id {is_wanted} AND EXISTS (SELECT 1 FROM record_entry e"
        " WHERE e.message_id = m.id) ON CONFLICT (message_id) DO NOTHING",
        [clock.now(), wanted],
    )


def _sha(*parts: str) -> str:
    # Each part's length goes before it, so that no two lists of parts read alike.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    return clock.micros(value) if isinstance(value, datetime) else value


def _json(value: Mapping[str, Any] | list[Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
