"""Adding, editing, refusing and merging people by forms that work without a script."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import Conflict, Invalid
from backend.people import adding, changing, duplicates, finding, merging
from backend.people.details import Found
from backend.people.values import Consent
from backend.web import forms, payloads, screens
from backend.web.callers import can_edit
from backend.web.forms import lead_to
from backend.web.people import custom
from backend.web.people.api import actor, facts_of
from backend.web.people.pages import (
    LIST,
    PersonOf,
    owners,
    person_page,
)
from backend.web.people.shapes import PersonChange, Proof
from backend.web.permissions import WRITE, allow, caller

pages = Blueprint("people_forms", __name__)
screens.prepare(pages)

FIELDS = ("kind", "name", "addresses", "company", "owner", "country")
MAX_FOUND = 20
_FIELD_OF = {"problems.owner_unknown": "owner", "problems.custom_names": "custom"}


class StandingForm(forms.Form):
    """What a person said of being measured: how, and the version of the text she agreed to."""

    how: Annotated[payloads.Line, Field(max_length=200)] = ""
    text_version: Annotated[payloads.Line, Field(max_length=200)] = ""

    def proof(self) -> Proof:
        """What is written down of it."""
        return Proof(how=self.how.strip() or "by hand", text_version=self.text_version)


class ConsentForm(StandingForm):
    """Consent given or taken back; how has to be said."""

    consent: Consent
    how: Annotated[payloads.Line, Field(max_length=200, pattern=r"\S")]


class TrackingForm(StandingForm):
    """Do Not Track on or off."""

    do_not_track: bool


class MergeForm(forms.Form):
    """Who becomes part of whom."""

    other: payloads.Uuid


@pages.get(f"{LIST}/new")
@allow(WRITE)
def ask_new() -> Response:
    """The form for a new person."""
    return _form(None, {"kind": "contact", "owner": caller().user_id})


@pages.post(f"{LIST}/new")
@allow(WRITE)
def add() -> AnyResponse:
    """Add a person; asks first when somebody has the address already."""
    typed = _typed()
    try:
        facts = _facts(typed)
    except (ValidationError, Invalid) as error:
        return _form(None, typed, _faults(error))
    known = duplicates.at(caller().org_id, facts["addresses"])
    if known and not request.form.get("anyway"):
        return _form(None, typed, known=known)
    try:
        person_id = adding.add(actor(Proof(how="by hand")), facts)
    except Invalid as error:
        return _form(None, typed, _faults(error))
    return _back(person_id, "added")


@pages.get(f"{LIST}/<id:person_id>/edit")
@allow(WRITE)
def ask_change(person_id: str) -> Response:
    """The form of a person's facts."""
    person = finding.one(caller().org_id, person_id)
    return _form(person, _of(person))


@pages.post(f"{LIST}/<id:person_id>/edit")
@allow(WRITE)
def change(person_id: str) -> AnyResponse:
    """Store a person's facts."""
    person = finding.one(caller().org_id, person_id)
    typed = _typed()
    try:
        changing.change(actor(Proof(how="by hand")), person_id, _facts(typed, person))
    except (ValidationError, Invalid) as error:
        return _form(person, typed, _faults(error))
    return _back(person_id, "changed")


@pages.post(f"{LIST}/<id:person_id>/tracking")
@allow(WRITE)
def set_tracking(person_id: str) -> AnyResponse:
    """Set or lift Do Not Track, also for mail already sent."""
    return _stored(person_id, TrackingForm, "tracking")


@pages.post(f"{LIST}/<id:person_id>/consent")
@allow(WRITE)
def set_consent(person_id: str) -> AnyResponse:
    """Write down what the person said, with the proof."""
    return _stored(person_id, ConsentForm, "consent")


@pages.get(f"{LIST}/<id:person_id>/merge")
@allow(WRITE)
def ask_merge(person_id: str) -> str:
    """Find who else is this person, and see what the two would be together."""
    org_id = caller().org_id
    person = finding.one(org_id, person_id)
    q = request.args.get("q", "")[:200].replace("\0", "")
    other = request.args.get("other", "")
    if other:
        return _comparison(person, finding.one(org_id, MergeForm(other=other).other))
    found = finding.page(org_id, finding.Query(q=q, limit=MAX_FOUND)).items if q else []
    return render_template(
        "people/merge_find.html",
        person=person,
        q=q,
        found=[each for each in found if each.id != person.id],
        duplicates=[] if q else duplicates.of(org_id, person),
    )


@pages.post(f"{LIST}/<id:person_id>/merge")
@allow(WRITE)
def merge(person_id: str) -> AnyResponse:
    """Make the other person part of this one."""
    merging.merge(actor(), person_id, MergeForm.model_validate(forms.fields()).other)
    return _back(person_id, "merged")


@pages.post(f"{LIST}/merges/<id:merge_id>/undo")
@allow(WRITE)
def undo(merge_id: str) -> AnyResponse:
    """Make two people of one again, and show the one who came back."""
    return _back(merging.undo(actor(), merge_id), "unmerged")


def _comparison(person: Found, other: Found) -> str:
    if person.id == other.id:
        raise Conflict("problems.same_person")
    together = merging.put_together(person.facts, other.facts)
    return render_template("people/merge.html", person=person, other=other, together=together)


def _stored(person_id: str, kind: type[StandingForm], done: str) -> AnyResponse:
    typed = forms.fields()
    try:
        form = kind.model_validate(typed)
        given = form.model_dump(mode="json", exclude=set(StandingForm.model_fields))
        changing.change(actor(form.proof()), person_id, given)
    except ValidationError as error:
        person = finding.one(caller().org_id, person_id)
        page = person_page(person, PersonOf(), faults=_faults(error), typed=typed)
        return Response(page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _back(person_id, done)


def _back(person_id: str, done: str) -> AnyResponse:
    return lead_to(f"{LIST}/{person_id}?done={done}")


def _form(
    person: Found | None,
    typed: dict[str, Any],
    faults: dict[str, str] | None = None,
    known: list[Found] | None = None,
) -> Response:
    page = render_template(
        "people/edit.html",
        person=person,
        typed=typed,
        faults=faults or {},
        known=known or [],
        owners=owners(),
        can_edit=can_edit(),
    )
    return forms.shown(page, faults or known)


def _typed() -> dict[str, Any]:
    return {**forms.filled(*FIELDS), "custom": custom.typed(request.form)}


def _of(person: Found) -> dict[str, Any]:
    return {
        "kind": person.kind,
        "name": person.name,
        "addresses": "\n".join(person.addresses),
        "company": person.company,
        "owner": person.owner.id if person.owner else "",
        "country": person.country,
        "custom": custom.rows_of(person.custom),
    }


def _facts(typed: dict[str, Any], person: Found | None = None) -> dict[str, Any]:
    if custom.is_faulty(typed["custom"]):
        raise Invalid("problems.custom_names")
    lines = typed["addresses"].replace(",", "\n").replace(";", "\n").split("\n")
    body = {name: typed[name] for name in ("kind", "name", "company", "country")} | {
        "addresses": [line.strip() for line in lines if line.strip()],
        "owner": typed["owner"] or None,
        "custom": custom.put_together(person.custom if person else {}, typed["custom"]),
    }
    return facts_of(PersonChange.model_validate(body).model_dump(include=set(body)))


def _faults(error: ValidationError | Invalid) -> dict[str, str]:
    """The key of what is wrong with each field: `people.fault_<field>` says what to do."""
    if isinstance(error, Invalid):
        return {_FIELD_OF.get(error.sentence.key, "name"): "fault"}
    return {str(fault["loc"][0]): "fault" for fault in error.errors() if fault["loc"]}
