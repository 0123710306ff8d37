"""Requests from recipients, as a page and over HTTP: what is held at an address, a copy of it.

The address stands in bodies alone, so that no log of requests has it.
"""

from itertools import chain
from typing import Any

from flask import Blueprint, Response, render_template
from flask_openapi import APIBlueprint

from backend import clock
from backend.errors import Conflict, Invalid
from backend.privacy import exporting, holdings
from backend.privacy.subjects import Subject, subject_of
from backend.web import forms, payloads, screens
from backend.web.permissions import ADMIN, ADMIN_FRESH, MANAGE, MANAGE_FRESH, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer

api = APIBlueprint("requests", __name__, url_prefix="/api/v1/requests", abp_responses=PROBLEMS)
pages = Blueprint("request_pages", __name__)
screens.prepare(pages)

PAGE = "/console/admin/requests"
COPY: dict[str | int, Any] = {
    200: {
        "description": "The file",
        "content": {
            kind: {"schema": {"type": "string"}} for kind in ("application/json", "text/csv")
        },
    },
    **CONFLICTS,
}


class LookIn(payloads.Shape):
    """The address of whoever asks."""

    address: payloads.Address


class CopyIn(LookIn):
    """Without a `kind` everything as JSON, with one its rows as CSV."""

    kind: payloads.Line = ""


class HeldOut(payloads.Answer):
    """How many rows of each kind are held; `addresses` are all that are this person's alone.

    `reference` stands in the audit log instead of the address.
    """

    addresses: list[str]
    people: list[str]
    counts: dict[str, int]
    reference: str


@api.post("", responses={200: HeldOut, **CONFLICTS})
@allow(MANAGE)
def look(body: LookIn) -> Response:
    """What is held about whoever has this address; 409 for one of the organisation's own."""
    subject = subject_of(caller().org_id, body.address)
    return answer(
        {
            "addresses": subject.addresses,
            "people": subject.people,
            "counts": holdings.counts(subject),
            "reference": subject.reference,
        }
    )


@api.post("/copy", responses=COPY)
@allow(MANAGE_FRESH)
def take_copy(body: CopyIn) -> Response:
    """The same as a file, streamed."""
    return _copied(subject_of(caller().org_id, body.address), body.kind)


@pages.get(PAGE)
@allow(ADMIN)
def ask() -> Response:
    """Where an address is asked for."""
    return _shown()


@pages.post(PAGE)
@allow(ADMIN)
def show() -> Response:
    """What is held at it."""
    typed = forms.fields().get("address", "")
    try:
        subject = subject_of(caller().org_id, typed)
    except Invalid:
        return _shown(typed, fault="address")
    except Conflict:
        return _shown(typed, fault="own")
    return _shown(subject.address, subject)


@pages.post(f"{PAGE}/copy")
@allow(ADMIN_FRESH)
def copy() -> Response:
    """The copy, or the rows of one kind."""
    form = forms.checked(CopyForm, "problems.no_address")
    return _copied(subject_of(caller().org_id, form.address), form.kind)


class CopyForm(CopyIn, forms.Form):
    """The same from a page."""


def _copied(subject: Subject, kind: str) -> Response:
    actor = caller().email
    pieces = exporting.as_csv(subject, kind, actor) if kind else exporting.as_json(subject, actor)
    # The first piece now: what is wrong shows as a problem, not as a file that breaks off.
    stream = chain([next(pieces)], pieces)
    content_type = "text/csv; charset=utf-8" if kind else "application/json"
    response = Response(stream, content_type=content_type)
    ending = f"-{kind}.csv" if kind else ".json"
    name = f"{clock.now():%Y-%m-%d}-{subject.reference}{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(typed: str = "", subject: Subject | None = None, fault: str = "") -> Response:
    page = render_template(
        "admin/requests.html",
        here=PAGE,
        typed=typed,
        fault=fault,
        subject=subject,
        counts=holdings.counts(subject) if subject else {},
    )
    return forms.shown(page, fault)
