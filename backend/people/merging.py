"""Two records of one person become one, and can become two again.

The kept person gains what the merged one has more: addresses, empty fields, custom fields, proofs
and mail. A refusal of either holds for both: Do Not Track if one has it, consent denied if one
denied it; consent that one has given is given. The merged row stays as a memory without addresses
and words, so that a later file finds the kept person by its source and external id.

Undoing puts back each row that was moved. What was changed on the kept person since then stays with
that person, but for a refusal, which then holds for both: nobody can say which of the two made it.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from backend import clock, db
from backend.errors import Conflict, Invalid, NotFound, Unfit
from backend.models.org import AuditLog
from backend.people import moving, writing
from backend.people.proof import Mark, said_since
from backend.people.reading import stored_by_ids
from backend.people.values import MAX_ADDRESSES, Actor, Consent, Facts, Stored, checked_custom

MERGED, UNDONE = "merge", "merge undone"  # `Actor.how` of what these change
MAX_LISTED = 50
_FILLED = ("company", "owner_id", "country")
_COLUMNS = "id, kept_id, merged_id, actor, record, merged_at, undone_at"


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge: what both were before it and what came of it, who did it, and when."""

    id: str
    kept_id: str
    merged_id: str
    actor: str
    kept: Facts
    merged: Facts
    together: Facts
    merged_at: datetime
    undone_at: datetime | None


def merge(actor: Actor, kept_id: str, merged_id: str) -> str:
    """Make the second person part of the first; returns the id for `undo`.

    Raises NotFound, Invalid for one and the same person or too much for one, and Conflict when one
    of them has been merged already.
    """
    if kept_id == merged_id:
        raise Invalid("problems.merge_same")
    with db.transaction():
        writing.lock(actor.org_id)
        kept, merged = _pair(actor.org_id, kept_id, merged_id)
        together = put_together(kept.facts, merged.facts)
        merge_id = clock.new_id()
        _insert(actor, merge_id, (kept, merged), together)
        moving.move(actor.org_id, merge_id, merged.id, kept.id)
        writing.remove_marks(merged.id)
        db.execute(
            "UPDATE person SET merged_into_id = %s, updated_at = %s WHERE id = %s",
            [kept.id, clock.now(), merged.id],
        )
        writing.update(replace(actor, how=MERGED), [writing.Changed(kept, together)])
        _write_audit(actor, "person.merge", kept.id, merged.id)
    return merge_id


def undo(actor: Actor, merge_id: str) -> str:
    """Make two people of one again; returns the id of the person who comes back.

    Raises NotFound, and Conflict when it is undone already or something was merged later.
    """
    with db.transaction():
        writing.lock(actor.org_id)
        merge = _one(actor.org_id, merge_id)
        people = stored_by_ids(actor.org_id, [merge.kept_id, merge.merged_id])
        kept, merged = people[merge.kept_id], people[merge.merged_id]
        _refuse_out_of_turn(merge, kept)
        said = said_since(kept, merge.merged_at, actor.org_id, but=MERGED)
        # Her owner may have handed his people over since; the row of who was merged went along.
        owner_id = merged.facts.owner_id
        _bring_back(actor, merged, _refusing(replace(merge.merged, owner_id=owner_id), said))
        together = merge.together
        if not merge.kept.owner_id:
            together = replace(together, owner_id=owner_id)
        apart = _refusing(taken_apart(kept.facts, merge.kept, together, said), said)
        writing.update(replace(actor, how=UNDONE), [writing.Changed(kept, apart)])
        gained = set(merge.merged.addresses) - set(merge.kept.addresses)
        moving.move_back(actor.org_id, merge_id, (kept.id, merged.id), gained)
        db.execute(
            "UPDATE person_merge SET undone_at = %s, undone_by = %s WHERE id = %s",
            [clock.now(), actor.name, merge_id],
        )
        _write_audit(actor, "person.merge_undone", kept.id, merged.id)
    return merged.id


def merges_of(org_id: str, person_id: str) -> list[Merge]:
    """What was merged into a person, the latest first, also what has been undone."""
    found = db.rows(
        f"SELECT {_COLUMNS} FROM person_merge WHERE kept_id = %s AND org_id = %s"
        " ORDER BY merged_at DESC, id DESC LIMIT %s",
        [person_id, org_id, MAX_LISTED],
    )
    return [_of_row(row) for row in found]


def put_together(kept: Facts, merged: Facts) -> Facts:
    """The facts of both as one. Raises Invalid for more than one person may have."""
    addresses = tuple(dict.fromkeys((*kept.addresses, *merged.addresses)))
    if len(addresses) > MAX_ADDRESSES:
        raise Invalid("problems.merge_addresses", most=MAX_ADDRESSES)
    try:
        custom = checked_custom({**merged.custom, **kept.custom})
    except Unfit as error:
        raise Invalid("problems.merge_custom", fault=error.sentence) from None
    filled = {name: getattr(kept, name) or getattr(merged, name) for name in _FILLED}
    said = {kept.consent, merged.consent}
    consent = next(
        state for state in (Consent.DENIED, Consent.GRANTED, Consent.UNKNOWN) if state in said
    )
    return replace(
        kept,
        **filled,
        addresses=addresses,
        custom=custom,
        consent=consent,
        do_not_track=kept.do_not_track or merged.do_not_track,
    )


def taken_apart(now: Facts, before: Facts, together: Facts, said: frozenset[str]) -> Facts:
    """The kept person's facts without what the merge brought; what was changed since stays.

    `said` are the consent records since the merge: a standing that was spoken of stays.
    """
    own: dict[str, Any] = {
        name: getattr(before if getattr(now, name) == getattr(together, name) else now, name)
        for name in _FILLED
    }
    gained = set(together.addresses) - set(before.addresses)
    addresses = tuple(address for address in now.addresses if address not in gained)
    brought = {name for name in together.custom if name not in before.custom}
    custom = {
        name: value
        for name, value in now.custom.items()
        if name not in brought or value != together.custom[name]
    }
    marks = {str(mark) for mark in Mark}
    if not said & marks and now.do_not_track == together.do_not_track:
        own["do_not_track"] = before.do_not_track
    if not said - marks and now.consent == together.consent:
        own["consent"] = before.consent
    return replace(now, **own, addresses=addresses, custom=custom)


def _refusing(facts: Facts, said: frozenset[str]) -> Facts:
    return replace(
        facts,
        do_not_track=facts.do_not_track or Mark.SET in said,
        consent=str(Consent.DENIED) if Consent.DENIED in said else facts.consent,
    )


def _pair(org_id: str, kept_id: str, merged_id: str) -> tuple[Stored, Stored]:
    people = stored_by_ids(org_id, [kept_id, merged_id])
    if len(people) < 2:
        raise NotFound("problems.no_person")
    if any(each.merged_into_id for each in people.values()):
        raise Conflict("problems.merge_done")
    return people[kept_id], people[merged_id]


def _one(org_id: str, merge_id: str) -> Merge:
    row = db.one(
        f"SELECT {_COLUMNS} FROM person_merge WHERE id = %s AND org_id = %s", [merge_id, org_id]
    )
    if row is None:
        raise NotFound("problems.no_merge")
    return _of_row(row)


def _refuse_out_of_turn(merge: Merge, kept: Stored) -> None:
    if merge.undone_at:
        raise Conflict("problems.merge_undone")
    later = db.one(
        "SELECT 1 FROM person_merge WHERE kept_id = %s AND undone_at IS NULL AND merged_at > %s",
        [kept.id, merge.merged_at],
    )
    if kept.merged_into_id or later:
        raise Conflict("problems.merge_later")


def _bring_back(actor: Actor, merged: Stored, facts: Facts) -> None:
    db.execute("UPDATE person SET merged_into_id = NULL WHERE id = %s", [merged.id])
    # Without words, as `remove_marks` has left them.
    bare = replace(merged, facts=replace(merged.facts, name="", company=""))
    writing.update(replace(actor, how=UNDONE), [writing.Changed(bare, facts)])


def _of_row(row: db.Row) -> Merge:
    record = row[4]
    people = (_facts(record[name]) for name in ("kept", "merged", "together"))
    return Merge(*row[:4], *people, *row[5:])


def _facts(record: dict[str, Any]) -> Facts:
    return Facts(**record | {"addresses": tuple(record["addresses"])})


def _insert(actor: Actor, merge_id: str, people: tuple[Stored, Stored], together: Facts) -> None:
    kept, merged = people
    record = {"kept": kept.facts, "merged": merged.facts, "together": together}
    db.execute(
        "INSERT INTO person_merge (id, org_id, kept_id, merged_id, actor, record, merged_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            merge_id,
            actor.org_id,
            kept.id,
            merged.id,
            actor.name,
            db.dumps({name: asdict(facts) for name, facts in record.items()}),
            clock.now(),
        ],
    )


def _write_audit(actor: Actor, action: str, kept_id: str, merged_id: str) -> None:
    AuditLog.create(
        org_id=actor.org_id,
        actor=actor.name,
        action=action,
        object_type="person",
        object_id=kept_id,
        detail={"merged_id": merged_id},
    )
