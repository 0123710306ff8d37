"""Whoever was erased after a backup was made is erased anew when it is brought back.

Only while the tables from before are at hand (backend.backup.refused): their digests tell whom the
backup has again.
"""

from backend import db
from backend.errors import Conflict
from backend.models.erasures import GONE, Erased
from backend.privacy import erasing

ACTOR = "system"
# Where an address stands by itself.
_COLUMNS = {
    "person_address": "address",
    "participant": "address",
    "attendee": "address",
    "consent_record": "address",
    "bounce": "address",
    "address_choice": "address",
    "exclusion": "value",
    "suppression": "address",
}
_ERASURE = "id, org_id, reference, actor, work, gone, asked_at, finished_at, lifted_at"
_NEW = (
    "EXISTS (SELECT 1 FROM organization g WHERE g.id = o.org_id) AND NOT EXISTS"
    " (SELECT 1 FROM erased_address e WHERE e.org_id = o.org_id AND e.digest = o.digest)"
)


def carry(before: str) -> int:
    """Take over erasures from the tables in the schema `before`, and ask anew for whom is back.

    How many addresses are to be erased; in the caller's transaction.
    """
    if not _has_erasures(before):  # the replaced database is older than they are
        return 0
    found = db.rows(f"SELECT o.org_id, o.digest FROM {before}.erased_address o WHERE {_NEW}")
    db.execute(
        f"INSERT INTO erasure ({_ERASURE}) SELECT {_ERASURE} FROM {before}.erasure r"
        " WHERE EXISTS (SELECT 1 FROM organization g WHERE g.id = r.org_id)"
        " AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.id = r.id)"
    )
    db.execute(
        "INSERT INTO erased_address (org_id, digest, erasure_id)"
        f" SELECT o.org_id, o.digest, o.erasure_id FROM {before}.erased_address o WHERE {_NEW}"
    )
    digests: dict[str, set[str]] = {}
    for org_id, digest in found:
        digests.setdefault(str(org_id), set()).add(digest)
    return sum(_erase(Erased(org_id, frozenset(each))) for org_id, each in digests.items())


def _has_erasures(before: str) -> bool:
    if db.is_postgres():
        return db.one("SELECT to_regclass(%s)", [f"{before}.erased_address"]) != (None,)
    sql = f"SELECT 1 FROM {before}.sqlite_master WHERE name = 'erased_address'"
    return db.one(sql) is not None


def _erase(erased: Erased) -> int:
    erasing.look_for_digests(erased.org_id)
    parts = [
        f"SELECT {column} FROM {table} WHERE org_id = %s" for table, column in _COLUMNS.items()
    ]
    rows = db.rows(" UNION ".join(parts), [erased.org_id] * len(parts))
    return sum(_ask(erased.org_id, address) for (address,) in rows if erased.has(address))


def _ask(org_id: str, address: str) -> bool:
    if address == GONE:
        return False
    try:
        erasing.ask(org_id, ACTOR, address)
    except Conflict:  # a user or a mailbox has it by now
        return False
    return True
