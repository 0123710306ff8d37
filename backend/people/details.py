"""A person with everything that the API, the pages and an export show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import db
from backend.people.reading import addresses_of, given
from backend.people.values import Facts


@dataclass(frozen=True, slots=True)
class Account:
    """The company a person belongs to."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The user who looks after a person."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Found:
    """A person with everything the API shows."""

    id: str
    kind: str
    name: str
    addresses: tuple[str, ...]
    company: str
    account: Account | None
    owner: Owner | None
    country: str
    do_not_track: bool
    consent: str
    source: str
    external_id: str
    custom: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def facts(self) -> Facts:
        """What is known of the person, as it is stored."""
        return Facts(
            kind=self.kind,
            name=self.name,
            addresses=self.addresses,
            company=self.company,
            owner_id=self.owner.id if self.owner else None,
            country=self.country,
            do_not_track=self.do_not_track,
            consent=self.consent,
            custom=self.custom,
        )


def details(org_id: str, person_ids: list[str]) -> list[Found]:
    """These people in the order of their ids; unknown, foreign and merged ones are left out."""
    rows = db.rows(
        "SELECT p.id, p.kind, p.name, p.company, p.country, p.do_not_track, p.consent, p.source,"
        " p.external_id, p.custom, p.created_at, p.updated_at,"
        " c.id, c.name, c.domain, u.id, u.name, u.email"
        f" FROM {given('uuid')} CROSS JOIN person p LEFT JOIN account c ON c.id = p.account_id"
        ' LEFT JOIN "user" u ON u.id = p.owner_id WHERE p.id = k.value AND p.org_id = %s',
        [db.many(person_ids), org_id],
    )
    addresses = addresses_of(row[0] for row in rows)
    by_id = {row[0]: _found(row, addresses.get(row[0], ())) for row in rows}
    return [by_id[person_id] for person_id in person_ids if person_id in by_id]


def _found(row: db.Row, addresses: tuple[str, ...]) -> Found:
    person_id, kind, name, company, country, do_not_track, consent, source, *rest = row
    external_id, custom, created_at, updated_at, *joined = rest
    return Found(
        id=person_id,
        kind=kind,
        name=name,
        addresses=addresses,
        company=company,
        account=Account(*joined[:3]) if joined[0] else None,
        owner=Owner(*joined[3:]) if joined[3] else None,
        country=country,
        do_not_track=do_not_track,
        consent=consent,
        source=source,
        external_id=external_id,
        custom=custom,
        created_at=created_at,
        updated_at=updated_at,
    )
