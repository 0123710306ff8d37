"""Proof of consent: one record, and one line in the audit log, for each change of what may be done.

A record's state is what the person said (granted, denied, unknown), or do_not_track and
may_be_tracked for the Do Not Track mark.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from backend import clock, db
from backend.people.reading import given
from backend.people.values import Actor, Consent, Facts, Stored

FILE = "import"  # `Actor.how` of everything that came out of a file

Change = tuple[str, Facts, Facts]  # person id, before, after


class Mark(StrEnum):
    """The states of a Do Not Track record."""

    SET = "do_not_track"
    LIFTED = "may_be_tracked"


def record(actor: Actor, changes: Iterable[Change]) -> None:
    """Write down every change of consent or Do Not Track among `changes`; adds rows only."""
    said = [
        (person_id, after.primary, state)
        for person_id, before, after in changes
        for state in _states(before, after)
    ]
    if said:
        _insert_records(actor, said)
        _insert_audit(actor, said)


def refused_by_hand(org_id: str, people: Sequence[tuple[str, Facts]]) -> set[str]:
    """The people whose refusal does not come from a file: no file may take it back.

    A refusal without a record counts as made by hand, since nobody knows better.
    """
    refusing = {
        person_id: facts
        for person_id, facts in people
        if facts.do_not_track or facts.consent == Consent.DENIED
    }
    if not refusing:
        return set()
    latest = _latest_refusals(org_id, refusing)
    return {person_id for person_id in refusing if latest.get(person_id) != FILE}


def said_since(person: Stored, since: datetime, org_id: str, *, but: str) -> frozenset[str]:
    """The states recorded of a person, or of one of the addresses alone, after that moment.

    Records that came about in the way `but` are left out.
    """
    return frozenset(
        state
        for (state,) in db.rows(
            "SELECT DISTINCT state FROM consent_record WHERE org_id = %s AND occurred_at > %s"
            " AND how <> %s AND (person_id = %s OR"
            f" (person_id IS NULL AND address {db.among('text')}))",
            [org_id, since, but, person.id, db.many(person.facts.addresses)],
        )
    )


def _states(before: Facts, after: Facts) -> Iterator[str]:
    if before.consent != after.consent:
        yield str(after.consent)
    if before.do_not_track != after.do_not_track:
        yield Mark.SET if after.do_not_track else Mark.LIFTED


def _latest_refusals(org_id: str, people: dict[str, Facts]) -> dict[str, str]:
    """How each person's latest refusal was made; one by address counts for all who have it."""
    addresses = {address for facts in people.values() for address in facts.addresses}
    latest = _hows(org_id, "person_id", people)
    by_address = _hows(org_id, "address", addresses)
    for person_id, facts in people.items():
        for address in facts.addresses:
            if address in by_address:
                latest[person_id] = by_address[address]
    return latest


def _hows(org_id: str, column: str, values: Iterable[str]) -> dict[str, str]:
    """How the latest refusal of each person (or of each address alone) was made."""
    kind, nobody = ("uuid", "") if column == "person_id" else ("text", " AND r.person_id IS NULL")
    return dict(
        db.rows(
            f"SELECT k.value, r.how FROM {given(kind)} CROSS JOIN consent_record r"
            f" WHERE r.org_id = %s AND r.{column} = k.value{nobody}"
            " AND r.state IN ('denied', 'do_not_track') ORDER BY r.occurred_at, r.id",
            [db.many(values), org_id],
        )
    )


def _insert_records(actor: Actor, said: Sequence[tuple[str, str, str]]) -> None:
    now = clock.now()
    db.insert_rows(
        "consent_record",
        (
            "id",
            "org_id",
            "person_id",
            "address",
            "state",
            "how",
            "actor",
            "text_version",
            "occurred_at",
        ),
        [
            (
                clock.new_id(now),
                actor.org_id,
                person_id,
                address,
                state,
                actor.how,
                actor.name,
                actor.text_version,
                now,
            )
            for person_id, address, state in said
        ],
    )


def _insert_audit(actor: Actor, said: Sequence[tuple[str, str, str]]) -> None:
    now = clock.now()
    db.insert_rows(
        "audit_log",
        ("id", "org_id", "actor", "action", "object_type", "object_id", "detail", "occurred_at"),
        [
            (
                clock.new_id(now),
                actor.org_id,
                actor.name,
                "person.consent",
                "person",
                person_id,
                db.dumps({"state": state, "how": actor.how}),
                now,
            )
            for person_id, _, state in said
        ],
    )
