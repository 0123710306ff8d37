"""Contacts and leads over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_openapi import APIBlueprint

from backend import db
from backend.errors import Invalid, UnsupportedMedia
from backend.models.access import Scope
from backend.people import adding, changing, finding, importing
from backend.people.csv_rows import Source
from backend.people.owners import owner_of
from backend.people.values import Actor
from backend.web import payloads
from backend.web.people_shapes import (
    ImportOut,
    ListIn,
    LookupIn,
    PeopleOut,
    PersonChange,
    PersonIn,
    PersonOut,
    Proof,
)
from backend.web.permissions import READ, ROLES, Permission, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, dumps

api = APIBlueprint("people", __name__, url_prefix="/api/v1/people", abp_responses=PROBLEMS)

UPLOADS = frozenset({"people.import_people"})  # endpoints whose body is not JSON
MAX_UPLOAD_BYTES = 200 * 1024 * 1024

# Everybody in an organisation sees its people and keeps them right; an auditor only looks.
EDIT = Permission(frozenset({Scope.API}), ROLES - {"auditor"})


@api.get("", responses={200: PeopleOut})
@allow(READ)
def index(query: ListIn) -> Response:
    """People of the organisation by name; `next` of a page is `before` of the following one."""
    page = finding.page(caller().org_id, finding.Query(**query.model_dump()))
    return _json({"items": page.items, "next": page.next})


@api.get("/lookup", responses={200: PeopleOut})
@allow(READ)
def lookup(query: LookupIn) -> Response:
    """Everybody who has this address; several people may share one."""
    return _json({"items": finding.at_address(caller().org_id, query.address), "next": None})


@api.get("/<id:id>", responses={200: PersonOut})
@allow(READ)
def show(path: payloads.ById) -> Response:
    """One person."""
    return _json(finding.one(caller().org_id, path.id))


@api.post("", responses={201: PersonOut, **CONFLICTS})
@allow(EDIT)
def add(body: PersonIn) -> Response:
    """Add a person; 409 when the organisation has one with this source and external_id."""
    facts = _facts(body.model_dump(exclude=_NOT_FACTS))
    actor = _actor(body.proof)
    person_id = adding.add(actor, facts, body.source, body.external_id)
    return _json(finding.one(actor.org_id, person_id), HTTPStatus.CREATED)


@api.patch("/<id:id>", responses={200: PersonOut})
@allow(EDIT)
def change(path: payloads.ById, body: PersonChange) -> Response:
    """Change the given fields of a person; `addresses` and `custom` are replaced as a whole."""
    actor = _actor(body.proof)
    changing.change(actor, path.id, _facts(body.model_dump(exclude=_NOT_FACTS, exclude_unset=True)))
    return _json(finding.one(actor.org_id, path.id))


@api.post(
    "/import",
    responses={200: ImportOut},
    request_body={
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    },
)
@allow(EDIT)
def import_people() -> Response:
    """Import a CSV file (UTF-8, at most 200 MB), streamed; the same file twice changes nothing."""
    request.max_content_length = MAX_UPLOAD_BYTES
    db.database.close()  # none is held while the bytes arrive; the import takes one per batch
    report = importing.import_file(_actor(Proof()), _upload())
    return _json(report)


_NOT_FACTS = {"proof", "source", "external_id"}


def _upload() -> Source:
    if request.mimetype == "text/csv":
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if charset not in {"utf-8", "utf8", "us-ascii"}:
            raise UnsupportedMedia("Send the file as UTF-8 text.")
        return request.stream
    if request.mimetype == "multipart/form-data":
        part = request.files.get("file") or next(iter(request.files.values()), None)
        if part is None:
            raise Invalid("Send the file as the part `file` of the form.")
        return part.stream
    raise UnsupportedMedia("Send the file as text/csv, or as the part `file` of a form.")


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    if "addresses" in given:
        given["addresses"] = tuple(given["addresses"])
    if "owner" in given:
        owner = given.pop("owner")
        given["owner_id"] = _owner(owner) if owner else None
    return given


def _owner(text: str) -> str:
    try:
        return owner_of(caller().org_id, text)
    except ValueError as error:
        raise Invalid(f"The owner {error}.") from None


def _actor(proof: Proof) -> Actor:
    who = caller()
    return Actor(who.org_id, who.user_id, proof.how, proof.text_version)


def _json(value: Any, status: int = HTTPStatus.OK) -> Response:
    return Response(dumps(value), status=status, content_type="application/json")
