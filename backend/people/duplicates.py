"""Who may be one and the same person: an address in common, or a name and company in common.

Every query starts from one person's own addresses or name, so that it holds for a million people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from backend import db
from backend.people.details import Found, details
from backend.people.reading import given
from backend.people.words import fold, sort_name

MAX_SHOWN = 10
MAX_NAMESAKES = 200  # looked at one by one


class Likeness(StrEnum):
    """Why two may be the same."""

    ADDRESS = "address"
    NAME_AND_COMPANY = "name_and_company"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another person who may be the same one, and why."""

    person: Found
    because: Likeness


def of(org_id: str, person: Found) -> list[Duplicate]:
    """Others who may be this person, those with a common address first; at most `MAX_SHOWN`."""
    because = dict.fromkeys(_by_address(org_id, person.addresses), Likeness.ADDRESS)
    for namesake in _namesakes(org_id, person):
        because.setdefault(namesake, Likeness.NAME_AND_COMPANY)
    because.pop(person.id, None)
    found = details(org_id, list(because)[:MAX_SHOWN])
    return [Duplicate(each, because[each.id]) for each in found]


def at(org_id: str, addresses: Iterable[str]) -> list[Found]:
    """Who has one of these addresses already; at most `MAX_SHOWN`."""
    return details(org_id, _by_address(org_id, addresses)[:MAX_SHOWN])


def _by_address(org_id: str, addresses: Iterable[str]) -> list[str]:
    rows = db.rows(
        f"SELECT DISTINCT a.person_id FROM {given('text')} CROSS JOIN person_address a"
        " WHERE a.org_id = %s AND a.address = k.value LIMIT %s",
        [db.many(addresses), org_id, MAX_SHOWN + 1],
    )
    return [person_id for (person_id,) in rows]


def _namesakes(org_id: str, person: Found) -> list[str]:
    """Who has the same name, and the same company or account; folded, as lists are sorted."""
    rows = db.rows(
        "SELECT id, company, account_id FROM person WHERE org_id = %s AND sort_name = %s"
        " AND merged_into_id IS NULL ORDER BY id LIMIT %s",
        [org_id, sort_name(person.name), MAX_NAMESAKES],
    )
    company = fold(person.company).strip()
    account_id = person.account.id if person.account else None
    return [
        person_id
        for person_id, other_company, other_account in rows
        if (company and fold(other_company).strip() == company)
        or (account_id and other_account == account_id)
    ]
