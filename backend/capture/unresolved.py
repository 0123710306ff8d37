"""Addresses on captured mail that nobody could be found for: several people, or none.

Whoever is chosen for an address is looked for in the past at once. People nobody knows are offered
as new contacts, from the viewer's own mailboxes alone, and never machines or colleagues.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend import clock, db
from backend.access import audit
from backend.capture import matching
from backend.capture.limits import internal_domains
from backend.capture.matching import untagged
from backend.errors import Invalid
from backend.mail.addresses import domain_of
from backend.mail.auto_reply import is_robot
from backend.mail.domains import is_under
from backend.people import adding, writing
from backend.people.values import Actor

SHOWN = 50
LOOKED_AT = 400  # addresses nobody knows, of which machines and colleagues are left out
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who has the address."""

    id: str
    name: str
    company: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An address that several people have; `chosen_id` is who was chosen, None while nobody was."""

    address: str
    candidates: list[Candidate]
    chosen_id: str | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address that nobody has, with the name it was last written with."""

    address: str
    name: str
    mails: int
    last_at: datetime | None


def ambiguous(org_id: str) -> list[Ambiguous]:
    """Addresses on captured mail that several people have: those without a choice come first."""
    found = db.rows(
        "SELECT t.address FROM (SELECT DISTINCT address FROM participant"
        " WHERE org_id = %s AND rule = 'ambiguous' UNION SELECT address FROM address_choice"
        " WHERE org_id = %s AND person_id IS NOT NULL) t"
        " LEFT JOIN address_choice c ON c.org_id = %s AND c.address = t.address"
        " ORDER BY CASE WHEN c.person_id IS NULL THEN 0 ELSE 1 END, t.address LIMIT %s",
        [org_id, org_id, org_id, SHOWN],
    )
    addresses = [address for (address,) in found]
    people, chosen = _people_at(org_id, addresses), matching.choices(org_id, addresses)
    return [
        Ambiguous(address, people.get(address, []), chosen.get(address))
        for address in addresses
        if len(people.get(address, [])) > 1
    ]


def strangers(org_id: str, user_id: str) -> list[Stranger]:
    """Whom the user writes with and nobody knows, the latest first."""
    rows = db.rows(
        "SELECT t.address, max(t.name), count(DISTINCT m.id), max(c.received_at) AS last_at"
        " FROM mailbox b JOIN message_copy c ON c.mailbox_id = b.id AND c.received_at >= %s"
        " JOIN email_message m ON m.id = c.message_id AND m.kind IN ('person', '')"
        " JOIN participant t ON t.message_id = m.id AND t.person_id IS NULL AND t.rule = ''"
        # A blind copy is known to its sender alone, also where others have the same mail.
        " AND (t.role <> 'bcc' OR m.user_id = b.user_id)"
        " WHERE b.user_id = %s AND NOT EXISTS (SELECT 1 FROM address_choice a"
        " WHERE a.org_id = b.org_id AND a.address = t.address)"
        " GROUP BY t.address ORDER BY last_at DESC, t.address LIMIT %s",
        [clock.now() - RECENT, user_id, LOOKED_AT],
    )
    inside = internal_domains(org_id)
    return [
        Stranger(address, name, int(mails), db.as_time(last_at))
        for address, name, mails, last_at in rows
        if not is_robot(address) and not is_under(domain_of(address), inside)
    ][:SHOWN]


def choose(org_id: str, actor: str, address: str, person_id: str | None) -> int:
    """Take the address for that person, or for nobody; how many mails it changes for.

    Raises Invalid for somebody who does not have the address.
    """
    if person_id and person_id not in {each.id for each in _at(org_id, address)}:
        raise Invalid("problems.no_candidate")
    with db.transaction():
        db.execute(
            "INSERT INTO address_choice (org_id, address, person_id, actor, chosen_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (org_id, address) DO UPDATE"
            " SET person_id = excluded.person_id, actor = excluded.actor,"
            " chosen_at = excluded.chosen_at",
            [org_id, address, person_id, actor, clock.now()],
        )
        act = audit.Act("address.chosen", "person" if person_id else "address", person_id or "")
        audit.note(org_id, actor, act)
        return matching.rematch(org_id, [address])


def add(actor: Actor, address: str, name: str) -> int:
    """Make a contact of an address that nobody has by now; how many mails it changes for.

    Of any number at once one makes the contact.
    """
    facts = {"kind": "contact", "name": name, "addresses": (address,)}
    with db.transaction():
        # Before the look, since whoever else adds people holds it until they can be seen.
        writing.lock(actor.org_id)
        if not _at(actor.org_id, address):
            adding.add(actor, facts)
        return matching.rematch(actor.org_id, [address])


def _at(org_id: str, address: str) -> list[Candidate]:
    return _people_at(org_id, [address]).get(address, [])


def _people_at(org_id: str, addresses: list[str]) -> dict[str, list[Candidate]]:
    forms = untagged(org_id, addresses)
    found: dict[str, list[Candidate]] = {}
    for address, *who in db.rows(
        "SELECT a.address, p.id, p.name, p.company, p.kind FROM person_address a"
        " JOIN person p ON p.id = a.person_id"
        f" WHERE a.org_id = %s AND a.address {db.among('text')} ORDER BY p.name, p.id",
        [org_id, db.many({*forms, *forms.values()})],
    ):
        found.setdefault(address, []).append(Candidate(*who))
    return {address: found.get(address) or found.get(form, []) for address, form in forms.items()}
