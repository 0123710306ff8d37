"""Addresses that nobody was found for, over HTTP and as a page."""

from dataclasses import asdict
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask_openapi import APIBlueprint
from werkzeug.wrappers import Response as AnyResponse

from backend.capture import unresolved
from backend.web import forms, payloads, screens
from backend.web.callers import can_edit
from backend.web.forms import lead_to
from backend.web.people.api import actor
from backend.web.people.shapes import Proof
from backend.web.permissions import FULL, WRITE, allow, caller
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("unresolved", __name__, url_prefix="/api/v1/unresolved", abp_responses=PROBLEMS)
pages = Blueprint("unresolved_pages", __name__)
screens.prepare(pages)

PAGE = "/console/people/unresolved"
DONE = ("chosen", "added", "ignored")


class CandidateOut(payloads.Answer):
    """Somebody who has the address."""

    id: payloads.Uuid
    name: str
    company: str
    kind: str


class AmbiguousOut(payloads.Answer):
    """An address that several people have; `chosen_id` is null while nobody was chosen."""

    address: str
    candidates: list[CandidateOut]
    chosen_id: payloads.Uuid | None


class StrangerOut(payloads.Answer):
    """An address of the caller's mail that nobody has."""

    address: str
    name: str
    mails: int
    last_at: datetime | None


class UnresolvedOut(payloads.Answer):
    """What waits for a choice, at most 50 of each."""

    ambiguous: list[AmbiguousOut]
    strangers: list[StrangerOut]


class ChoiceIn(payloads.Shape):
    """Whose the address is; null is nobody: it is not offered as a new contact again."""

    address: payloads.Address
    person_id: payloads.Uuid | None


class ChangedOut(payloads.Answer):
    """In how many mails and meetings the address is somebody else's now."""

    changed: int


class ChoiceForm(forms.Form):
    """The same as a form."""

    address: payloads.Address
    person_id: payloads.Uuid


class AddressForm(forms.Form):
    """An address that is offered, with the name it is written with."""

    address: payloads.Address
    name: payloads.Line = ""


@api.get("", responses={200: UnresolvedOut})
@allow(FULL)
def show() -> Response:
    """Addresses on captured mail that several people have, or nobody."""
    who = caller()
    found = {
        "ambiguous": [asdict(each) for each in unresolved.ambiguous(who.org_id)],
        "strangers": [asdict(each) for each in unresolved.strangers(who.org_id, who.user_id)],
    }
    return answer(found)


@api.put("/choice", responses={200: ChangedOut})
@allow(WRITE)
def choose(body: ChoiceIn) -> Response:
    """Say whose an address is; earlier mail with it is matched anew at once."""
    who = caller()
    changed = unresolved.choose(who.org_id, who.email, body.address, body.person_id)
    return answer({"changed": changed})


@pages.get(PAGE)
@allow(FULL)
def index() -> str:
    """What waits for a choice."""
    who, done = caller(), request.args.get("done", "")
    return render_template(
        "people/unresolved.html",
        ambiguous=unresolved.ambiguous(who.org_id),
        strangers=unresolved.strangers(who.org_id, who.user_id),
        can_edit=can_edit(),
        done=done if done in DONE else "",
    )


@pages.post(f"{PAGE}/choose")
@allow(WRITE)
def choose_page() -> AnyResponse:
    """Say whose an address is."""
    who = caller()
    form = forms.checked(ChoiceForm)
    unresolved.choose(who.org_id, who.email, form.address, form.person_id)
    return lead_to(f"{PAGE}?done=chosen")


@pages.post(f"{PAGE}/add")
@allow(WRITE)
def add_page() -> AnyResponse:
    """Make a contact of an address that nobody has by now, and find it in the past."""
    form = forms.checked(AddressForm)
    unresolved.add(actor(Proof(how="by hand")), form.address, form.name)
    return lead_to(f"{PAGE}?done=added")


@pages.post(f"{PAGE}/ignore")
@allow(WRITE)
def ignore_page() -> AnyResponse:
    """Offer an address no more."""
    who = caller()
    unresolved.choose(who.org_id, who.email, forms.checked(AddressForm).address, None)
    return lead_to(f"{PAGE}?done=ignored")
