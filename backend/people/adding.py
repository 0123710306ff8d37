"""Add one person."""

from collections.abc import Iterable
from typing import Any

from backend import clock, db
from backend.errors import Conflict, Invalid, Unfit
from backend.models.erasures import erased_among
from backend.people import writing
from backend.people.reading import stored_by_key
from backend.people.values import Actor, Facts, Stored, named

BY_HAND = "manual"  # the source of a person nobody's list has
BY_API = "api"  # the source of a person whose caller named an external id only


def add(actor: Actor, facts: dict[str, Any], source: str = "", external_id: str = "") -> str:
    """Add a person and return the new id; the facts are checked, `owner_id` is a user's id.

    Raises Invalid for somebody with neither name nor address, and Conflict when the organisation
    has a person with that source and external id, or an address was erased on request.
    """
    try:
        complete = named(facts)
    except Unfit:
        raise Invalid("problems.person_nameless") from None
    person_id = clock.new_id()
    key = (
        source or (BY_API if external_id else BY_HAND),
        external_id or person_id,
    )
    with db.transaction():
        writing.lock(actor.org_id)
        if stored_by_key(actor.org_id, [key]):
            raise Conflict("problems.person_taken")
        refuse_erased(actor.org_id, complete.get("addresses", ()))
        writing.insert(actor, [Stored(person_id, *key, None, Facts(**complete))])
    return person_id


def refuse_erased(org_id: str, addresses: Iterable[str]) -> None:
    """Nothing, if none of these was erased. Raises Conflict.

    The caller has the organisation's lock, so that none is erased meanwhile.
    """
    if erased_among(org_id, addresses):
        raise Conflict("problems.address_erased")
