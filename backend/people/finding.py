"""Find people: in the order of their names, by the beginnings of words, by address, by id.

Every query runs on an index, so that it holds for a million people. A search starts from its
longest word. If few people match that, they are looked at one by one; if many do, the list is
walked in order, since the next page then lies close ahead.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from backend import db
from backend.errors import Invalid, NotFound
from backend.people.details import Found, details
from backend.people.reading import become, stored_by_ids
from backend.people.values import is_id
from backend.people.words import tokens_of

# Looking at this many people one by one takes about as long as walking to a page among more.
FEW = 20_000
LAST = "\U0010ffff"  # after a text: sorts behind everything that begins with it


@dataclass(frozen=True, slots=True)
class Query:
    """Which people; `before` is the `next` of the page in front of the wanted one.

    `owner` is a user's id, `account` an account's; the organisation must have them.
    """

    q: str = ""
    kind: str | None = None
    owner: str | None = None
    account: str | None = None
    do_not_track: bool | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of people and the cursor of the next, or None at the end."""

    items: list[Found]
    next: str | None


def page(org_id: str, query: Query, few: int = FEW) -> Page:
    """People of the organisation by name, then id; raises Invalid for a cursor that is not ours.

    At most `few` are looked at one by one; the answer is the same for any number.
    """
    tokens = tokens_of(query.q)
    if query.q.strip() and not tokens:
        return Page([], None)
    tables = "person p WHERE TRUE"
    params: list[Any] = []
    if tokens and _are_few(org_id, tokens[0], few):
        tables, params = _MATCHING, _ranges(org_id, tokens.pop(0))
    conditions, more = _conditions(org_id, query, tokens)
    found = db.rows(
        f"SELECT p.id, p.sort_name FROM {tables} AND {' AND '.join(conditions)}"
        " ORDER BY p.sort_name, p.id LIMIT %s",
        [*params, *more, query.limit + 1],
    )
    shown = found[: query.limit]
    has_more = len(found) > query.limit
    return Page(
        details(org_id, [person_id for person_id, _ in shown]),
        cursor(*shown[-1]) if has_more else None,
    )


def one(org_id: str, person_id: str) -> Found:
    """One person; for somebody who was merged, the person she became.

    Raises NotFound for an unknown or a foreign id.
    """
    stored = stored_by_ids(org_id, [person_id])
    kept = become(org_id, stored.values()).get(person_id)
    found = details(org_id, [kept.id if kept else person_id])
    if not found:
        raise NotFound("problems.no_person")
    return found[0]


def at_address(org_id: str, address: str, limit: int = 200) -> list[Found]:
    """Everybody with that normalised address, those first who have it as their primary one."""
    rows = db.rows(
        "SELECT person_id FROM person_address WHERE org_id = %s AND address = %s"
        " ORDER BY is_primary DESC, person_id LIMIT %s",
        [org_id, address, limit],
    )
    return details(org_id, [person_id for (person_id,) in rows])


def _conditions(org_id: str, query: Query, tokens: list[str]) -> tuple[list[str], list[Any]]:
    conditions = ["p.merged_into_id IS NULL"]
    params: list[Any] = []
    for column, value in (("account_id", query.account), ("owner_id", query.owner)):
        if value:
            conditions.append(f"p.{column} = %s")
            params.append(value)
    # Without the organisation the planner cannot but take the index of the owner or the account,
    # which belong to the organisation alone; `details` holds on to it in any case.
    if not params:
        conditions.append("p.org_id = %s")
        params.append(org_id)
    if query.kind:
        conditions.append("p.kind = %s")
        params.append(query.kind)
    if query.do_not_track is not None:
        conditions.append("p.do_not_track" if query.do_not_track else "NOT p.do_not_track")
    if query.before is not None:
        conditions.append("(p.sort_name, p.id) > (%s, %s)")
        params += after(query.before)
    for token in tokens:
        conditions.append(_MATCHES)
        params += [token, token + LAST] * 2
    return conditions, params


_WORDS = "FROM person_word WHERE org_id = %s AND word >= %s AND word < %s"
_ADDRESSES = "FROM person_address WHERE org_id = %s AND address >= %s AND address < %s"
_MATCHING = (
    f"(SELECT person_id {_WORDS} UNION SELECT person_id {_ADDRESSES}) AS k"
    " CROSS JOIN person p WHERE p.id = k.person_id"
)
# OFFSET keeps PostgreSQL from gathering everybody who matches before it walks.
_MATCHES = (
    "(EXISTS (SELECT 1 FROM person_word w WHERE w.person_id = p.id"
    " AND w.word >= %s AND w.word < %s LIMIT 1 OFFSET 0)"
    " OR EXISTS (SELECT 1 FROM person_address a WHERE a.person_id = p.id"
    " AND a.address >= %s AND a.address < %s LIMIT 1 OFFSET 0))"
)


def _are_few(org_id: str, token: str, few: int) -> bool:
    """Whether at most `few` words and addresses begin with the token."""
    counts = " + ".join(
        f"(SELECT COUNT(*) FROM (SELECT 1 {source} LIMIT %s) c)" for source in (_WORDS, _ADDRESSES)
    )
    one_range = [org_id, token, token + LAST, few + 1]
    found = db.one(f"SELECT {counts}", one_range * 2)
    return found is not None and found[0] <= few


def _ranges(org_id: str, token: str) -> list[Any]:
    return [org_id, token, token + LAST] * 2


def cursor(row_id: str, sort_name: str) -> str:
    """The cursor of a page that ends with this row."""
    return base64.urlsafe_b64encode(orjson.dumps([sort_name, row_id])).decode().rstrip("=")


def after(cursor: str) -> list[str]:
    """The sort name and id that the page before ended with; raises Invalid for anything else."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sort_name, person_id = orjson.loads(raw)
        if not isinstance(sort_name, str) or "\0" in sort_name or not is_id(person_id):
            raise ValueError
    except (binascii.Error, ValueError, TypeError):
        raise Invalid("problems.people_cursor") from None
    return [sort_name, person_id]
