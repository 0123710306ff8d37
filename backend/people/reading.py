"""People as they are stored, by id or by where they came from."""

from collections import defaultdict
from collections.abc import Iterable

from backend import db
from backend.people.values import Facts, Stored

Key = tuple[str, str]

_COLUMNS = (
    "p.id, p.source, p.external_id, p.account_id, p.kind, p.name, p.company, p.owner_id,"
    " p.country, p.do_not_track, p.consent, p.custom"
)


def stored_by_key(org_id: str, keys: Iterable[Key]) -> dict[Key, Stored]:
    """The people among `keys`, which are (source, external_id)."""
    wanted = set(keys)
    found = _stored(
        f"WHERE p.org_id = %s AND p.source {db.among('text')} AND p.external_id {db.among('text')}",
        [
            org_id,
            db.many({source for source, _ in wanted}),
            db.many({external_id for _, external_id in wanted}),
        ],
    )
    # The two lists cross: another source may use the same external id.
    by_key = {(each.source, each.external_id): each for each in found}
    return {key: by_key[key] for key in wanted & by_key.keys()}


def stored_by_id(org_id: str, person_id: str) -> Stored | None:
    """One person of the organisation, or None."""
    found = _stored("WHERE p.org_id = %s AND p.id = %s", [org_id, person_id])
    return found[0] if found else None


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


def _stored(where: str, params: list[object]) -> list[Stored]:
    rows = db.rows(f"SELECT {_COLUMNS} FROM person p {where}", params)
    addresses = addresses_of(row[0] for row in rows)
    return [_of_row(row, addresses.get(row[0], ())) for row in rows]


def _of_row(row: db.Row, addresses: tuple[str, ...]) -> Stored:
    person_id, source, external_id, account_id, kind, name, company, owner_id, *rest = row
    country, do_not_track, consent, custom = rest
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
    return Stored(person_id, source, external_id, account_id, facts)
