"""Merging two people, and taking it back, over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi import APIBlueprint

from backend.people import duplicates, finding, merging
from backend.web import payloads
from backend.web.people.api import actor
from backend.web.people.shapes import PersonOut
from backend.web.people.work_shapes import DuplicatesOut, MergeIn, MergeOut, MergesOut
from backend.web.permissions import READ, WRITE, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer

api = APIBlueprint("people_merges", __name__, url_prefix="/api/v1/people", abp_responses=PROBLEMS)


@api.get("/<id:id>/duplicates", responses={200: DuplicatesOut})
@allow(READ)
def show_duplicates(path: payloads.ById) -> Response:
    """Who may be the same person: an address, or name and company, in common."""
    org_id = caller().org_id
    return answer({"items": duplicates.of(org_id, finding.one(org_id, path.id))})


@api.get("/<id:id>/merges", responses={200: MergesOut})
@allow(READ)
def show_merges(path: payloads.ById) -> Response:
    """What was merged into this person, the latest first, also what has been undone."""
    org_id = caller().org_id
    found = merging.merges_of(org_id, finding.one(org_id, path.id).id)
    return answer({"items": [_merge_out(each) for each in found]})


@api.post("/<id:id>/merges", responses={201: MergeOut, **CONFLICTS})
@allow(WRITE)
def merge(path: payloads.ById, body: MergeIn) -> Response:
    """Make another person part of this one; a refusal of either then holds for both."""
    merge_id = merging.merge(actor(), path.id, body.person_id)
    found = merging.merges_of(caller().org_id, path.id)
    made = next(each for each in found if each.id == merge_id)
    return answer(_merge_out(made), HTTPStatus.CREATED)


@api.delete("/merges/<id:id>", responses={200: PersonOut, **CONFLICTS})
@allow(WRITE)
def undo(path: payloads.ById) -> Response:
    """Make two people of one again; answers the one who comes back. The latest merge first."""
    return answer(finding.one(caller().org_id, merging.undo(actor(), path.id)))


def _merge_out(merge: merging.Merge) -> dict[str, Any]:
    return {
        "id": merge.id,
        "kept_id": merge.kept_id,
        "merged": {
            "id": merge.merged_id,
            "name": merge.merged.name,
            "addresses": merge.merged.addresses,
        },
        "actor": merge.actor,
        "merged_at": merge.merged_at,
        "undone_at": merge.undone_at,
    }
