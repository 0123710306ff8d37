"""People as they are stored, by id or by where they came from."""

from collections import defaultdict
from collections.abc import Iterable

from backend import db
from backend.people.values import Facts, Stored

Key = tuple[str, str]

_COLUMNS = (
    "p.id, p.source, p.external_id, p.account_id, p.kind, p.name, p.company, p.owner_id,"
    " p.country, p.do_not_track, p.consent, p.custom, p.merged_into_id"
)


def stored_by_key(org_id: str, keys: Iterable[Key]) -> dict[Key, Stored]:
    """The people among `keys`, which are (source, external_id)."""
    found = _stored(*_joined_to(org_id, set(keys)))
    return {(each.source, each.external_id): each for each in found}


def stored_by_id(org_id: str, person_id: str) -> Stored | None:
    """One person of the organisation, or None."""
    return stored_by_ids(org_id, [person_id]).get(person_id)


def stored_by_ids(org_id: str, person_ids: Iterable[str]) -> dict[str, Stored]:
    """People of the organisation by id; an unknown id is not in it."""
    found = _stored(
        f"{given('uuid')} CROSS JOIN person p WHERE p.id = k.value AND p.org_id = %s",
        [db.many(person_ids), org_id],
    )
    return {each.id: each for each in found}


def become(org_id: str, people: Iterable[Stored]) -> dict[str, Stored]:
    """Whom each person is now part of, by id; who was not merged is not in it."""
    now = {each.id: each.merged_into_id for each in people if each.merged_into_id}
    known: dict[str, Stored] = {}
    while wanted := set(now.values()) - known.keys():
        known |= stored_by_ids(org_id, wanted)
        now = {
            person_id: known[target].merged_into_id or target for person_id, target in now.items()
        }
    return {person_id: known[target] for person_id, target in now.items()}


def given(kind: str) -> str:
    """The values of one `db.many` parameter as table k with the column value; kind uuid or text.

    First in a CROSS JOIN it makes SQLite look each value up: given `org_id = … AND id IN …`, it
    goes through the whole organisation instead.
    """
    return f"unnest(%s::{kind}[]) AS k(value)" if db.is_postgres() else "json_each(%s) AS k"


def addresses_of(person_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The addresses of each person, the primary one first."""
    found: dict[str, list[str]] = defaultdict(list)
    for person_id, address in db.rows(
        f"SELECT person_id, address FROM person_address WHERE person_id {db.among('uuid')}"
        " ORDER BY is_primary DESC, id",
        [db.many(person_ids)],
    ):
        found[person_id].append(address)
    return {person_id: tuple(addresses) for person_id, addresses in found.items()}


def _joined_to(org_id: str, keys: set[Key]) -> tuple[str, list[object]]:
    """The tables of a query over the people with these keys, one probe of the index for each.

    The order of the join is forced: without statistics, as in the first minute of an import,
    PostgreSQL takes the organisation for small and would go through all of it for every batch.
    """
    if db.is_postgres():
        return (
            "unnest(%s::text[], %s::text[]) AS k(source, external_id) CROSS JOIN LATERAL"
            " (SELECT * FROM person WHERE org_id = %s AND source = k.source"
            " AND external_id = k.external_id LIMIT 1) p",
            [[source for source, _ in keys], [external_id for _, external_id in keys], org_id],
        )
    return (
        "json_each(%s) k CROSS JOIN person p WHERE p.org_id = %s"
        " AND p.source = json_extract(k.value, '$[0]')"
        " AND p.external_id = json_extract(k.value, '$[1]')",
        [db.dumps(list(keys)), org_id],
    )


def _stored(tables: str, params: list[object]) -> list[Stored]:
    rows = db.rows(f"SELECT {_COLUMNS} FROM {tables}", params)
    addresses = addresses_of(row[0] for row in rows)
    return [_of_row(row, addresses.get(row[0], ())) for row in rows]


def _of_row(row: db.Row, addresses: tuple[str, ...]) -> Stored:
    person_id, source, external_id, account_id, kind, name, company, owner_id, *rest = row
    country, do_not_track, consent, custom, merged_into_id = rest
    facts = Facts(
        kind=kind,
        name=name,
        addresses=addresses,
        company=company,
        owner_id=owner_id,
        country=country,
        do_not_track=do_not_track,
        consent=consent,
        custom=custom,
    )
    return Stored(person_id, source, external_id, account_id, facts, merged_into_id)
