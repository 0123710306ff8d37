"""Find accounts: in the order of their names, by the beginning of name or domain, by id."""

from dataclasses import dataclass
from typing import Any

from backend import db
from backend.errors import NotFound
from backend.people.finding import LAST, after, cursor
from backend.people.words import fold


@dataclass(frozen=True, slots=True)
class Company:
    """An account and how many people belong to it."""

    id: str
    name: str
    domain: str
    people: int


@dataclass(frozen=True, slots=True)
class Companies:
    """One page of accounts and the cursor of the next, or None at the end."""

    items: list[Company]
    next: str | None


def page(org_id: str, q: str = "", before: str | None = None, limit: int = 50) -> Companies:
    """Accounts by name, then id; raises Invalid for a cursor that is not ours."""
    where, params = ["org_id = %s"], [org_id]
    beginning = fold(q).strip()
    if beginning:
        where.append("((sort_name >= %s AND sort_name < %s) OR (domain >= %s AND domain < %s))")
        params += [beginning, beginning + LAST] * 2
    if before is not None:
        where.append("(sort_name, id) > (%s, %s)")
        params += after(before)
    found = db.rows(
        f"SELECT id, sort_name, name, domain FROM account WHERE {' AND '.join(where)}"
        " ORDER BY sort_name, id LIMIT %s",
        [*params, limit + 1],
    )
    shown = found[:limit]
    counts = _people_of([row[0] for row in shown])
    items = [Company(row[0], row[2], row[3], counts.get(row[0], 0)) for row in shown]
    return Companies(items, cursor(*shown[-1][:2]) if len(found) > limit else None)


def one(org_id: str, account_id: str) -> Company:
    """One account; raises NotFound for an unknown or a foreign id."""
    row = db.one(
        "SELECT id, name, domain FROM account WHERE id = %s AND org_id = %s", [account_id, org_id]
    )
    if row is None:
        raise NotFound("problems.no_account")
    return Company(row[0], row[1], row[2], _people_of([account_id]).get(account_id, 0))


def _people_of(account_ids: list[str]) -> dict[str, int]:
    found: list[Any] = db.rows(
        "SELECT account_id, count(*) FROM person"
        f" WHERE account_id {db.among('uuid')} AND merged_into_id IS NULL GROUP BY account_id",
        [db.many(account_ids)],
    )
    return dict(found)
