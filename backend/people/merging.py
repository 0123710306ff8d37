"""One batch of a file against what is stored: read once, compare in memory, write once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend import clock, db
from backend.people import writing
from backend.people.columns import Entry, Fault
from backend.people.proof import refused_by_hand
from backend.people.reading import Key, stored_by_key
from backend.people.values import (
    MAX_ADDRESSES,
    Actor,
    Consent,
    Facts,
    Stored,
    checked_custom,
    named,
)

_KEPT = "stays as it is: this refusal was not made by a file, so only a change by hand lifts it"


@dataclass(slots=True)
class Outcome:
    """How many rows did what; a row that fails in here has one fault."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def merge(actor: Actor, entries: Sequence[Entry]) -> Outcome:
    """Store what the entries say, in one transaction; a key that comes twice is applied twice."""
    outcome = Outcome()
    with db.transaction():
        writing.lock(actor.org_id)
        stored = stored_by_key(actor.org_id, {(each.source, each.external_id) for each in entries})
        refused = refused_by_hand(actor.org_id, [(each.id, each.facts) for each in stored.values()])
        keep = {key for key, each in stored.items() if each.id in refused}
        current = {key: each.facts for key, each in stored.items()}
        for entry in entries:
            _apply(current, entry, keep, outcome)
        _write(actor, stored, current)
    return outcome


def _apply(current: dict[Key, Facts], entry: Entry, keep: set[Key], outcome: Outcome) -> None:
    key = (entry.source, entry.external_id)
    old = current.get(key)
    given = dict(entry.given)
    if old and key in keep:
        outcome.notes += _drop_lifted(old, given, entry.row)
    try:
        new = _merged(old or Facts(), given)
    except ValueError as error:
        outcome.faults.append(Fault(entry.row, "", str(error)))
        return
    if old is None:
        outcome.added += 1
    elif new == old:
        outcome.unchanged += 1
    else:
        outcome.updated += 1
    current[key] = new


def _drop_lifted(old: Facts, given: dict[str, Any], row: int) -> list[Fault]:
    """Take out of `given` what would lift a refusal; a note for each."""
    lifted = []
    if old.do_not_track and given.get("do_not_track") is False:
        lifted.append("do_not_track")
    if old.consent == Consent.DENIED and given.get("consent", old.consent) != Consent.DENIED:
        lifted.append("consent")
    for name in lifted:
        del given[name]
    return [Fault(row, name, _KEPT) for name in lifted]


def _merged(old: Facts, given: dict[str, Any]) -> Facts:
    if "addresses" in given:
        given["addresses"] = tuple(dict.fromkeys((*given["addresses"], *old.addresses)))
        if len(given["addresses"]) > MAX_ADDRESSES:
            raise ValueError(f"would have more than {MAX_ADDRESSES} addresses")
    if "custom" in given:
        given["custom"] = checked_custom({**old.custom, **given["custom"]})
    if not old.name:
        given = named(given)
    return replace(old, **given)


def _write(actor: Actor, stored: Mapping[Key, Stored], current: Mapping[Key, Facts]) -> None:
    new = [
        Stored(clock.new_id(), *key, None, facts)
        for key, facts in current.items()
        if key not in stored
    ]
    changed = [
        writing.Changed(old, current[key])
        for key, old in stored.items()
        if current[key] != old.facts
    ]
    if new:
        writing.insert(actor, new)
    if changed:
        writing.update(actor, changed)
