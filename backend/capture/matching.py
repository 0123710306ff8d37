"""Whose address it is: users, contacts and leads. One candidate is a match, several are not.

`rule` on a participant says how: user, address, plus_tag, ambiguous, chosen (by hand, see
backend.capture.unresolved), or "" for nobody we know. A new, changed or merged person is matched
against the past by `rematch`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from backend import clock, db

# Where "ann+news@" is certainly Ann: Google's own domains document it.
PLUS_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
MARK = "rematch"
OVERLAP = timedelta(minutes=1)  # a person's row may be committed later than its time says


class Match(NamedTuple):  # one for each of a page's addresses: a dataclass takes thrice as long
    """Whom an address is taken for, and by which rule."""

    person_id: str | None
    rule: str


NOBODY = Match(None, "")
# Users have no person.
_KNOWN = (
    "SELECT address, person_id FROM person_address WHERE org_id = %s AND address {0}"
    ' UNION ALL SELECT email, NULL FROM "user" WHERE org_id = %s AND email {0}'
    " UNION ALL SELECT address, NULL FROM mailbox WHERE org_id = %s AND address {0}"
)


def match(org_id: str, addresses: Collection[str]) -> dict[str, Match]:
    """A match for each address, in one query however many there are (two to choose)."""
    forms = {address: untagged(address) if "+" in address else address for address in addresses}
    wanted = db.many({*forms, *forms.values()})
    users = set[str]()
    people: dict[str, list[str]] = {}
    for address, person_id in db.rows(_KNOWN.format(db.among("text")), [org_id, wanted] * 3):
        if person_id is None:
            users.add(address)
        else:
            people.setdefault(address, []).append(person_id)
    found = {address: _match(address, form, users, people) for address, form in forms.items()}
    return found | _chosen(org_id, found, people)


def _chosen(
    org_id: str, found: Mapping[str, Match], people: Mapping[str, list[str]]
) -> dict[str, Match]:
    """Of those with several candidates, whom somebody has chosen, if he still is one."""
    several = [address for address, (_, rule) in found.items() if rule == "ambiguous"]
    if not several:
        return {}
    return {
        address: Match(person_id, "chosen")
        for address, person_id in db.rows(
            "SELECT address, person_id FROM address_choice"
            f" WHERE org_id = %s AND address {db.among('text')}",
            [org_id, db.many(several)],
        )
        if person_id in (people.get(address) or people.get(untagged(address)) or [])
    }


def _match(
    address: str, untagged_form: str, users: Collection[str], people: Mapping[str, list[str]]
) -> Match:
    if address in users:
        return Match(None, "user")
    found, rule = people.get(address), "address"
    if not found:
        found, rule = people.get(untagged_form), "plus_tag"
    if not found:
        return NOBODY
    return Match(found[0], rule) if len(found) == 1 else Match(None, "ambiguous")


def untagged(address: str) -> str:
    """The address without a +tag, where that is certainly the same mailbox."""
    if "+" not in address:
        return address
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if domain in PLUS_DOMAINS else address


def rematch(org_id: str, addresses: Iterable[str]) -> int:
    """Match these addresses anew in what was captured of mail and meetings; how many changed."""
    wanted = sorted(set(addresses))
    changed = 0
    for address, found in match(org_id, wanted).items():
        for table in ("participant", "attendee"):
            changed += db.execute(
                f"UPDATE {table} SET person_id = %s, rule = %s WHERE org_id = %s AND address = %s"
                " AND (rule <> %s OR person_id IS DISTINCT FROM %s)",
                [found.person_id, found.rule, org_id, address, found.rule, found.person_id],
            )
    return changed


def rematch_changed() -> int:
    """Match whoever was added, changed or merged since the last look against the past.

    How many participants are somebody else's now. In one transaction with the mark of the look.
    """
    with db.transaction():
        row = db.one("SELECT at FROM worker_mark WHERE name = %s", [MARK])
        now = clock.now()
        since = (row[0] if row else clock.EPOCH) - OVERLAP
        changed = sum(rematch(*each) for each in _changed_since(since).items())
        db.execute(
            "INSERT INTO worker_mark (name, at) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [MARK, now],
        )
    return changed


def _changed_since(at: datetime) -> dict[str, list[str]]:
    """Addresses of people added or changed since then, by organisation."""
    found: dict[str, list[str]] = {}
    for org_id, address in db.rows(
        "SELECT p.org_id, a.address FROM person p JOIN person_address a ON a.person_id = p.id"
        " WHERE p.updated_at >= %s",
        [at],
    ):
        found.setdefault(org_id, []).append(address)
    return found
