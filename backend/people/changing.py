"""Change one person."""

from dataclasses import replace
from typing import Any

from backend import db
from backend.errors import Conflict, Invalid, NotFound, Unfit
from backend.people import writing
from backend.people.adding import refuse_erased
from backend.people.reading import stored_by_id
from backend.people.values import Actor, named


def change(actor: Actor, person_id: str, given: dict[str, Any]) -> None:
    """Store the given fields of a person; those left out stay, and nothing given changes nothing.

    Raises NotFound, Conflict for somebody who was merged into another person or for an address
    that was erased on request, and Invalid when neither name nor address would be left.
    """
    with db.transaction():
        writing.lock(actor.org_id)
        old = stored_by_id(actor.org_id, person_id)
        if old is None:
            raise NotFound("problems.no_person")
        if old.merged_into_id:
            raise Conflict("problems.person_merged")
        new = replace(old.facts, **given)
        try:
            new = replace(new, name=named({"name": new.name, "addresses": new.addresses})["name"])
        except Unfit:
            raise Invalid("problems.person_nameless") from None
        refuse_erased(actor.org_id, set(new.addresses) - set(old.facts.addresses))
        if new != old.facts:
            writing.update(actor, [writing.Changed(old, new)])
