"""Requests from recipients, as pages and over HTTP: what is held at an address, a copy, erasure.

The address stands in bodies alone, so that no log of requests has it.
"""

from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any

from flask import Blueprint, Response, render_template
from flask_openapi import APIBlueprint
from werkzeug.wrappers import Response as AnyResponse

from backend import clock
from backend.errors import Conflict, Invalid
from backend.models.erasures import erasures_of
from backend.privacy import erasing, exporting, holdings
from backend.privacy.subjects import Subject, subject_of
from backend.web import forms, payloads, screens
from backend.web.forms import lead_to
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


class ErasureOut(payloads.Answer):
    """An erasure; `gone` counts what went. From `lifted_at` on the address may come again."""

    id: str
    reference: str
    asked_at: datetime
    finished_at: datetime | None
    lifted_at: datetime | None
    gone: dict[str, int]


class ErasuresOut(payloads.Answer):
    """The latest first."""

    items: list[ErasureOut]


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


@api.post("/erasures", responses={201: ErasureOut, **CONFLICTS})
@allow(MANAGE_FRESH)
def erase(body: LookIn) -> Response:
    """Have all of it erased by the worker; the erasure under way where that was asked before."""
    who = caller()
    made = erasing.ask(who.org_id, who.email, body.address)
    return answer(erasing.told(made), HTTPStatus.CREATED)


@api.get("/erasures", responses={200: ErasuresOut})
@allow(MANAGE)
def index() -> Response:
    """The latest erasures, at most 50."""
    found = erasures_of(caller().org_id)
    return answer({"items": [erasing.told(each) for each in found]})


@api.get("/erasures/<id:id>", responses={200: ErasureOut})
@allow(MANAGE)
def show_one(path: payloads.ById) -> Response:
    """One erasure: over when `finished_at` is set."""
    return answer(erasing.told(erasing.one(caller().org_id, path.id)))


@api.delete("/erasures/<id:id>", responses={204: None, **CONFLICTS})
@allow(MANAGE_FRESH)
def lift(path: payloads.ById) -> Response:
    """Let the address come again: nothing of what is erased comes back by that."""
    who = caller()
    erasing.lift(who.org_id, who.email, path.id)
    return Response(status=HTTPStatus.NO_CONTENT)


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


@pages.post(f"{PAGE}/erase")
@allow(ADMIN_FRESH)
def erase_by_page() -> AnyResponse:
    """Have it erased, and lead to what is told of that."""
    form, who = forms.checked(LookForm, "problems.no_address"), caller()
    return lead_to(f"{PAGE}/{erasing.ask(who.org_id, who.email, form.address).id}")


@pages.get(f"{PAGE}/<id:erasure_id>")
@allow(ADMIN)
def show_erasure(erasure_id: str) -> str:
    """How far an erasure is, and what went."""
    row = erasing.one(caller().org_id, erasure_id)
    return render_template("admin/erasure.html", here=PAGE, row=row)


@pages.post(f"{PAGE}/<id:erasure_id>/lift")
@allow(ADMIN_FRESH)
def lift_by_page(erasure_id: str) -> AnyResponse:
    """Let the address come again."""
    who = caller()
    erasing.lift(who.org_id, who.email, erasure_id)
    return lead_to(f"{PAGE}/{erasure_id}")


class LookForm(LookIn, forms.Form):
    """An address from a page."""


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
        erasure=erasing.at(subject.org_id, subject.address) if subject else None,
        erasures=[] if subject else erasures_of(caller().org_id),
    )
    return forms.shown(page, fault)
