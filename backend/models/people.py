"""Contacts, leads and accounts, and what each person has said about being measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import TextField

from backend import clock, db
from backend.models.erasures import digest_of
from backend.models.fields import (
    FlagField,
    IdField,
    JsonField,
    MaybeIdField,
    MaybeTimeField,
    Model,
    TimeField,
)


class Account(Model):
    """A company, known by its registrable domain."""

    org_id = IdField()
    name = TextField()
    sort_name = TextField(default="")
    domain = TextField()


class Person(Model):
    """A contact or a lead; `source` and `external_id` say where it came from, for imports.

    With `merged_into_id` it is only a memory of what another person was put together from.
    """

    org_id = IdField()
    kind = TextField()
    name = TextField()
    company = TextField(default="")
    owner_id = MaybeIdField()
    account_id = MaybeIdField()
    source = TextField()
    external_id = TextField()
    do_not_track = FlagField()
    consent = TextField(default="unknown")
    country = TextField(default="")
    custom = JsonField(default=dict)
    merged_into_id = MaybeIdField()
    created_at = TimeField(default=clock.now)
    updated_at = TimeField(default=clock.now)


class PersonAddress(Model):
    """One address of a person, normalised; several people may share one."""

    org_id = IdField()
    person_id = IdField()
    address = TextField()
    is_primary = FlagField()


class ConsentRecord(Model):
    """Proof of one change of consent: who, when, how, under which text."""

    org_id = IdField()
    person_id = MaybeIdField()
    address = TextField()
    state = TextField()
    how = TextField()
    actor = TextField()
    text_version = TextField(default="")
    occurred_at = TimeField(default=clock.now)


class Suppression(Model):
    """An address that must not be mailed, or not be tracked, and why; until it is lifted.

    One that was erased stands here as its digest (models.erasures).
    """

    org_id = IdField()
    address = TextField()
    reason = TextField()
    created_at = TimeField(default=clock.now)
    lifted_at = MaybeTimeField()


@dataclass(frozen=True, slots=True)
class Known:
    """What the policy asks of a person."""

    id: str
    do_not_track: bool
    consent: str
    country: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class KnownAt:
    """What is known of addresses; one of which nothing is known is in neither.

    `people` are those who have the address, `suppressed` is the reason in force for it: that it was
    erased wins over a hard bounce, and that over a refusal.
    """

    people: Mapping[str, Sequence[Known]]
    suppressed: Mapping[str, str]


def ask_known_at(
    org_id: str, addresses: Iterable[str], *, has_erased: bool = True
) -> Callable[[], KnownAt]:
    """Ask what is known of normalised addresses; in a pipeline both answers are under way.

    What an erased one had refused is known by its digest: not looked for unless `has_erased`.
    """
    given = set(addresses)
    wanted = [org_id, db.many(given)]
    stand_for = {each: each for each in given}
    if has_erased:
        stand_for |= {digest_of(org_id, each): each for each in given}
    people = db.ask(
        "SELECT a.address, p.id, p.do_not_track, p.consent, p.country, p.kind"
        " FROM person_address a JOIN person p ON p.id = a.person_id"
        f" WHERE a.org_id = %s AND a.address {db.among('text')}"
        " ORDER BY a.is_primary DESC, p.id",
        wanted,
    )
    suppressed = db.ask(
        "SELECT address, reason FROM suppression"
        f" WHERE org_id = %s AND lifted_at IS NULL AND address {db.among('text')}"
        " ORDER BY CASE reason WHEN 'erased' THEN 3 WHEN 'hard_bounce' THEN 2"
        " WHEN 'stop_tracking' THEN 1 ELSE 0 END",
        [org_id, db.many(stand_for)],
    )
    return lambda: _known_at(people(), {stand_for[at]: reason for at, reason in suppressed()})


def _known_at(rows: Iterable[Sequence[Any]], suppressed: Mapping[str, str]) -> KnownAt:
    people: dict[str, list[Known]] = {}
    for address, *known in rows:
        people.setdefault(address, []).append(Known(*known))
    return KnownAt(people, suppressed)


def proofs_of(org_id: str, person_id: str, limit: int = 50) -> list[ConsentRecord]:
    """What was written down of a person's consent and Do Not Track, the latest first."""
    query = (
        ConsentRecord.select()
        .where(ConsentRecord.org_id == org_id, ConsentRecord.person_id == person_id)
        .order_by(ConsentRecord.occurred_at.desc(), ConsentRecord.id.desc())
        .limit(limit)
    )
    return list(query)
