"""Whom an address stands for: everybody who has it, and the addresses that are theirs alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend import db
from backend.errors import Conflict, Invalid
from backend.mail.addresses import normalise
from backend.models.erasures import digest_of
from backend.people.accounts import business_domain


@dataclass(frozen=True, slots=True)
class Subject:
    """The people at an address and all that names them.

    `addresses` begins with the one that was given; one that somebody else has too is not among
    them. `people` are also those who were merged into these. `own` are the addresses of the
    organisation's users, mailboxes and programs, `domains` the domains of its business.
    """

    org_id: str
    addresses: tuple[str, ...]
    people: tuple[str, ...]
    own: tuple[str, ...]
    domains: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address that was given."""
        return self.addresses[0]

    @property
    def reference(self) -> str:
        """What names the request where its address must not stand: who knows it finds this."""
        return digest_of(self.org_id, self.address)[:16]


def subject_of(org_id: str, text: str) -> Subject:
    """Whom that address stands for, nobody on record included.

    Raises Invalid for what is no address, and Conflict for one of the organisation's own.
    """
    try:
        address = normalise(text)
    except ValueError:
        raise Invalid("problems.no_address") from None
    own = _own(org_id)
    if address in own:
        raise Conflict("problems.own_address")
    people = _people_at(org_id, address)
    named = dict.fromkeys((address, *_theirs_alone(org_id, people), *_tagged(org_id, people)))
    return subject_again(org_id, [each for each in named if each not in own], people)


def subject_again(org_id: str, addresses: Iterable[str], people: Iterable[str]) -> Subject:
    """The subject with these addresses and people, among the organisation's own as of now."""
    own = tuple(sorted(_own(org_id)))
    domains = tuple(sorted(set(filter(None, map(business_domain, _staff(org_id))))))
    return Subject(org_id, tuple(addresses), tuple(people), own, domains)


def _people_at(org_id: str, address: str) -> tuple[str, ...]:
    sql = "SELECT person_id FROM person_address WHERE org_id = %s AND address = %s"
    found = [row[0] for row in db.rows(sql, [org_id, address])]
    known = dict.fromkeys(found)
    while found:  # who was merged into them, and into those
        rows = db.rows(
            f"SELECT id FROM person WHERE merged_into_id {db.among('uuid')} AND org_id = %s",
            [db.many(found), org_id],
        )
        found = [row[0] for row in rows if row[0] not in known]
        known |= dict.fromkeys(found)
    return tuple(known)


def _theirs_alone(org_id: str, people: Iterable[str]) -> list[str]:
    wanted = db.many(people)
    return [
        row[0]
        for row in db.rows(
            "SELECT DISTINCT a.address FROM person_address a"
            f" WHERE a.org_id = %s AND a.person_id {db.among('uuid')} AND NOT EXISTS"
            " (SELECT 1 FROM person_address o WHERE o.org_id = a.org_id"
            f" AND o.address = a.address AND NOT o.person_id {db.among('uuid')}) ORDER BY 1",
            [org_id, wanted, wanted],
        )
    ]


def _tagged(org_id: str, people: Iterable[str]) -> list[str]:
    """Addresses with a +tag that mail and meetings have of them (capture.matching)."""
    of = f"WHERE org_id = %s AND person_id {db.among('uuid')} AND rule = 'plus_tag'"
    params = [org_id, db.many(people)]
    sql = f"SELECT address FROM participant {of} UNION SELECT address FROM attendee {of} ORDER BY 1"
    return [row[0] for row in db.rows(sql, params * 2)]


def _own(org_id: str) -> frozenset[str]:
    programs = db.rows("SELECT address FROM automated_sender WHERE org_id = %s", [org_id])
    aliases = db.rows("SELECT aliases FROM mailbox WHERE org_id = %s", [org_id])
    return frozenset(
        (
            *_staff(org_id),
            *(address for (address,) in programs),
            *(alias for (each,) in aliases for alias in each),
        )
    )


def _staff(org_id: str) -> set[str]:
    sql = (
        'SELECT email FROM "user" WHERE org_id = %s UNION'
        " SELECT address FROM mailbox WHERE org_id = %s"
    )
    return {row[0] for row in db.rows(sql, [org_id, org_id])}
