"""Contacts and leads over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi import APIBlueprint

from backend.errors import Invalid, Unfit
from backend.people import adding, changing, companies, finding
from backend.people.owners import owner_of
from backend.people.values import Actor
from backend.web import payloads
from backend.web.people.shapes import (
    ListIn,
    LookupIn,
    PeopleOut,
    PersonChange,
    PersonIn,
    PersonOut,
    Proof,
)
from backend.web.permissions import NOTE, READ, WRITE, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer

api = APIBlueprint("people", __name__, url_prefix="/api/v1/people", abp_responses=PROBLEMS)


@api.get("", responses={200: PeopleOut})
@allow(READ)
def index(query: ListIn) -> Response:
    """People of the organisation by name; `next` of a page is `before` of the following one."""
    page = finding.page(caller().org_id, query_of(query))
    return answer({"items": page.items, "next": page.next})


@api.get("/lookup", responses={200: PeopleOut})
@allow(READ)
def lookup(query: LookupIn) -> Response:
    """Everybody who has this address; several people may share one."""
    return answer({"items": finding.at_address(caller().org_id, query.address), "next": None})


@api.get("/<id:id>", responses={200: PersonOut})
@allow(READ)
def show(path: payloads.ById) -> Response:
    """One person."""
    return answer(finding.one(caller().org_id, path.id))


@api.post("", responses={201: PersonOut, **CONFLICTS})
@allow(NOTE)
def add(body: PersonIn) -> Response:
    """Add a person; 409 when the organisation has one with this source and external_id."""
    facts = facts_of(body.model_dump(exclude=_NOT_FACTS))
    person_id = adding.add(actor(body.proof), facts, body.source, body.external_id)
    return answer(finding.one(caller().org_id, person_id), HTTPStatus.CREATED)


@api.patch("/<id:id>", responses={200: PersonOut, **CONFLICTS})
@allow(WRITE)
def change(path: payloads.ById, body: PersonChange) -> Response:
    """Change the given fields of a person; `addresses` and `custom` are replaced as a whole."""
    given = facts_of(body.model_dump(exclude=_NOT_FACTS, exclude_unset=True))
    changing.change(actor(body.proof), path.id, given)
    return answer(finding.one(caller().org_id, path.id))


def query_of(asked: ListIn) -> finding.Query:
    """What is asked for; raises Invalid for an owner whom the organisation does not have."""
    given = asked.model_dump(include=set(ListIn.model_fields))
    if asked.owner:
        given["owner"] = _owner(asked.owner)
    if asked.account:
        given["account"] = companies.one(caller().org_id, asked.account).id
    return finding.Query(**given)


_NOT_FACTS = {"proof", "source", "external_id"}


def facts_of(given: dict[str, Any]) -> dict[str, Any]:
    """Given fields of a shape as those of a person; raises Invalid for an unknown owner."""
    if "addresses" in given:
        given["addresses"] = tuple(given["addresses"])
    if "owner" in given:
        owner = given.pop("owner")
        given["owner_id"] = _owner(owner) if owner else None
    return given


def _owner(text: str) -> str:
    try:
        return owner_of(caller().org_id, text)
    except Unfit:
        raise Invalid("problems.owner_unknown") from None


def actor(proof: Proof | None = None) -> Actor:
    """The caller as who changes people."""
    proof = proof or Proof()
    who = caller()
    return Actor(who.org_id, who.user_id, proof.how, proof.text_version)
