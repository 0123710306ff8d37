"""The one way people are written: many at a time, with their addresses, words, account and proof.

Callers hold a transaction and the organisation's lock.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend import clock, db
from backend.people import proof
from backend.people.accounts import accounts_of
from backend.people.values import Actor, Facts, Stored
from backend.people.words import sort_name, words_of


@dataclass(frozen=True, slots=True)
class Changed:
    """A person as stored, and what is to be stored instead."""

    old: Stored
    new: Facts


def lock(org_id: str) -> None:
    """Let nobody else write people of the organisation until this transaction ends.

    On SQLite the transaction has the write lock already.
    """
    if db.is_postgres():
        db.one("SELECT id FROM organization WHERE id = %s FOR NO KEY UPDATE", [org_id])


def insert(actor: Actor, people: Sequence[Stored]) -> None:
    """Add people; their account is found or made here, whatever `account_id` they carry."""
    _insert_people(actor, people)
    insert_marks(actor.org_id, [(person.id, person.facts) for person in people])
    proof.record(actor, [(person.id, Facts(), person.facts) for person in people])


def insert_marks(org_id: str, people: Sequence[tuple[str, Facts]]) -> None:
    """Add the addresses and words by which people who have none are found."""
    _insert_addresses(org_id, people)
    _insert_words(org_id, [(person_id, _words(facts)) for person_id, facts in people])


def remove_marks(person_id: str) -> None:
    """Take away everything a person is found by."""
    db.execute("DELETE FROM person_address WHERE person_id = %s", [person_id])
    db.execute("DELETE FROM person_word WHERE person_id = %s", [person_id])


def _insert_people(actor: Actor, people: Sequence[Stored]) -> None:
    now = clock.now()
    accounts = _accounts(actor.org_id, (person.facts for person in people))
    db.insert_rows(
        "person",
        (*_KEYS, *_FIELDS, *_STANDING, "account_id", "created_at"),
        [
            (
                person.id,
                actor.org_id,
                person.source,
                person.external_id,
                *_fields(person.facts, now),
                *_standing(person.facts),
                accounts.get(person.facts.primary),
                now,
            )
            for person in people
        ],
    )


def update(actor: Actor, changes: Sequence[Changed]) -> None:
    """Store the new facts of people who exist; only what differs is rewritten."""
    _rewrite_fields(actor.org_id, changes)
    _rewrite_standing(changes)
    _rewrite_addresses(actor.org_id, changes)
    _rewrite_words(actor.org_id, changes)
    proof.record(actor, [(each.old.id, each.old.facts, each.new) for each in changes])
    if any(each.old.facts.name != each.new.name for each in changes):
        tell_feeds(actor.org_id)


def tell_feeds(org_id: str) -> None:
    """Let every Feed of the organisation be fetched anew: somebody has another name in it."""
    db.execute(
        "UPDATE organization SET people_version = people_version + 1 WHERE id = %s", [org_id]
    )


_KEYS = ("id", "org_id", "source", "external_id")
_FIELDS = {
    "kind": "text",
    "name": "text",
    "sort_name": "text",
    "company": "text",
    "owner_id": "uuid",
    "country": "text",
    "custom": "jsonb",
    "updated_at": "timestamptz",
}
_STANDING = {"do_not_track": "boolean", "consent": "text"}


def _fields(facts: Facts, now: object) -> tuple[object, ...]:
    return (
        facts.kind,
        facts.name,
        sort_name(facts.name),
        facts.company,
        facts.owner_id,
        facts.country,
        db.dumps(facts.custom),
        now,
    )


def _standing(facts: Facts) -> tuple[object, ...]:
    return facts.do_not_track, facts.consent


def _accounts(org_id: str, people: Iterable[Facts]) -> dict[str, str]:
    return accounts_of(org_id, {facts.primary: facts.company for facts in people if facts.primary})


def _rewrite_fields(org_id: str, changes: Sequence[Changed]) -> None:
    now = clock.now()
    moved = [each for each in changes if each.old.facts.primary != each.new.primary]
    accounts = _accounts(org_id, (each.new for each in moved))
    new_account = {each.old.id: accounts.get(each.new.primary) for each in moved}
    db.update_rows(
        "person",
        _FIELDS | {"account_id": "uuid"},
        [
            (
                *_fields(each.new, now),
                new_account.get(each.old.id, each.old.account_id),
                each.old.id,
            )
            for each in changes
        ],
    )


def _rewrite_standing(changes: Sequence[Changed]) -> None:
    # Apart from the rest: the drain writes a reader's refusal without our lock, and whoever changes
    # a company in the same moment must not put back the consent that she read before.
    changed = [each for each in changes if _standing(each.old.facts) != _standing(each.new)]
    rows = [(*_standing(each.new), each.old.id) for each in changed]
    db.update_rows("person", _STANDING, rows)


def _rewrite_addresses(org_id: str, changes: Sequence[Changed]) -> None:
    changed = [each for each in changes if each.old.facts.addresses != each.new.addresses]
    if changed:
        db.execute(
            f"DELETE FROM person_address WHERE person_id {db.among('uuid')}",
            [db.many(each.old.id for each in changed)],
        )
        _insert_addresses(org_id, [(each.old.id, each.new) for each in changed])


def _rewrite_words(org_id: str, changes: Sequence[Changed]) -> None:
    words = [(each.old.id, _words(each.old.facts), _words(each.new)) for each in changes]
    db.execute_many(
        "DELETE FROM person_word WHERE org_id = %s AND word = %s AND person_id = %s",
        sorted((org_id, word, person_id) for person_id, old, new in words for word in old - new),
    )
    _insert_words(org_id, [(person_id, new - old) for person_id, old, new in words])


def _insert_addresses(org_id: str, people: Sequence[tuple[str, Facts]]) -> None:
    # Ids a microsecond apart keep the order in which the addresses were given.
    base = clock.micros(clock.now())
    db.insert_rows(
        "person_address",
        ("id", "org_id", "person_id", "address", "is_primary"),
        [
            (
                clock.id_of(base + position, os.urandom(10).hex()),
                org_id,
                person_id,
                address,
                not position,
            )
            for person_id, facts in people
            for position, address in enumerate(facts.addresses)
        ],
    )


def _insert_words(org_id: str, people: Sequence[tuple[str, set[str]]]) -> None:
    rows = [(org_id, word, person_id) for person_id, words in people for word in words]
    # In the order of the index, so that a batch touches each of its pages once.
    db.insert_rows("person_word", ("org_id", "word", "person_id"), sorted(rows))


def _words(facts: Facts) -> set[str]:
    return words_of(facts.name, facts.company, facts.addresses)
