"""One batch of a file against what is stored: read once, compare in memory, write once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend import clock, db
from backend.errors import Unfit
from backend.models.erasures import erased_among
from backend.people import writing
from backend.people.columns import Entry, Fault
from backend.people.proof import refused_by_hand
from backend.people.reading import Key, become, stored_by_key
from backend.people.values import (
    MAX_ADDRESSES,
    Actor,
    Consent,
    Facts,
    Stored,
    checked_custom,
    named,
)
from backend.words.sentence import Sentence

_KEPT = Sentence("fields.refusal_kept")
_ERASED = Sentence("fields.address_erased")


@dataclass(slots=True)
class Outcome:
    """How many rows did what; a row that fails in here has one fault."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def merge(actor: Actor, entries: Sequence[Entry]) -> Outcome:
    """Store what the entries say, in one transaction; a key that comes twice is applied twice.

    A row of somebody who was merged into another person goes to that one: it adds what is not
    known yet and may refuse, but overwrites nothing, since that person has a row of her own.
    """
    outcome = Outcome()
    with db.transaction():
        writing.lock(actor.org_id)
        stored, moved = _stored(actor.org_id, entries)
        refused = refused_by_hand(actor.org_id, [(each.id, each.facts) for each in stored.values()])
        keep = {key for key, each in stored.items() if each.id in refused}
        current = {key: each.facts for key, each in stored.items()}
        for entry in _not_erased(actor.org_id, entries, outcome):
            _apply(current, _moved(entry, moved, current), keep, outcome)
        _write(actor, stored, current)
    return outcome


def _not_erased(org_id: str, entries: Sequence[Entry], outcome: Outcome) -> list[Entry]:
    """The entries without an address that was erased on request; the others fail."""
    addresses = {at for each in entries for at in each.given.get("addresses", ())}
    erased = erased_among(org_id, addresses)
    if not erased:
        return list(entries)
    kept = []
    for each in entries:
        if erased.isdisjoint(each.given.get("addresses", ())):
            kept.append(each)
        else:
            outcome.faults.append(Fault(each.row, "", _ERASED))
    return kept


def _stored(org_id: str, entries: Sequence[Entry]) -> tuple[dict[Key, Stored], dict[Key, Key]]:
    """The people the entries are about by key, and the keys that now stand for another one."""
    found = stored_by_key(org_id, {(each.source, each.external_id) for each in entries})
    merged = become(org_id, found.values())
    moved: dict[Key, Key] = {}
    for key, each in list(found.items()):
        if each.id in merged:
            kept = merged[each.id]
            moved[key] = (kept.source, kept.external_id)
            found[moved[key]] = kept
            del found[key]
    return found, moved


def _moved(entry: Entry, moved: Mapping[Key, Key], current: Mapping[Key, Facts]) -> Entry:
    key = moved.get((entry.source, entry.external_id))
    return Entry(entry.row, *key, _news(current[key], entry.given)) if key else entry


def _news(old: Facts, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the given fields is not known yet, or is stricter."""
    news = {name: value for name, value in given.items() if not getattr(old, name)}
    if "addresses" in given:
        news["addresses"] = tuple(dict.fromkeys((*old.addresses, *given["addresses"])))
    if "custom" in given:
        news["custom"] = {**given["custom"], **old.custom}
    if given.get("consent") == Consent.DENIED or old.consent == Consent.UNKNOWN:
        news["consent"] = given.get("consent", old.consent)
    return news


def _apply(current: dict[Key, Facts], entry: Entry, keep: set[Key], outcome: Outcome) -> None:
    key = (entry.source, entry.external_id)
    old = current.get(key)
    given = dict(entry.given)
    if old and key in keep:
        outcome.notes += _drop_lifted(old, given, entry.row)
    try:
        new = _merged(old or Facts(), given)
    except Unfit as error:
        outcome.faults.append(Fault(entry.row, "", error.sentence))
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
            raise Unfit("fields.addresses_many", most=MAX_ADDRESSES)
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
