"""The relay's page: the programs whose mail is measured, and what holds for all mail."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import members
from backend.errors import Conflict, Invalid
from backend.models import senders
from backend.models.org import MAX_NAME
from backend.models.senders import Choices
from backend.tracking import policy_changes
from backend.tracking.policy import policy_of
from backend.web import forms, payloads, screens
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_senders", __name__)
screens.prepare(pages)

PAGE = "/console/admin/senders"
ONE = f"{PAGE}/<id:sender_id>"
NEW = {"address": "", "name": "", "user_id": "", "opens": True, "links": True}
NEW_PROGRAM = {**NEW, "per_recipient": True, "is_paused": False}


class ChoicesForm(forms.Form):
    """A program's choices; what is ticked off is not sent by a browser."""

    name: Annotated[payloads.Line, Field(max_length=MAX_NAME)] = ""
    user_id: payloads.Uuid
    opens: bool = False
    links: bool = False
    per_recipient: bool = False
    is_paused: bool = False

    def choices(self) -> Choices:
        """They, as they are kept."""
        return Choices(**{name: getattr(self, name) for name in Choices.__dataclass_fields__})


class ProgramForm(ChoicesForm):
    """A program by the address in its mail's From."""

    address: payloads.Address


class PolicyForm(forms.Form):
    """What the relay does with all mail."""

    relay_copies: bool = False
    relay_keeps_dkim: bool = False


@pages.get(PAGE)
@allow(ADMIN)
def index() -> Response:
    """The programs, and what holds for all mail."""
    return _list(NEW_PROGRAM)


@pages.post(PAGE)
@allow(ADMIN_FRESH)
def add() -> AnyResponse:
    """Register a program."""
    who = caller()
    try:
        form = ProgramForm.model_validate(forms.fields())
        senders.add_sender(who.org_id, who.email, form.address, form.choices())
    except (ValidationError, Conflict, Invalid) as error:
        return _list(_typed(), *_fault(error))
    return lead_to(f"{PAGE}?done=added")


@pages.post(f"{PAGE}/policy")
@allow(ADMIN_FRESH)
def save_policy() -> AnyResponse:
    """Store the two choices of the organisation's policy; the others stay."""
    who = caller()
    form = forms.checked(PolicyForm, "problems.on_or_off")
    policy_changes.store(who.org_id, who.email, form.model_dump())
    return lead_to(f"{PAGE}?done=policy")


@pages.get(ONE)
@allow(ADMIN)
def show(sender_id: str) -> Response:
    """One program."""
    return _one(sender_id, {})


@pages.post(ONE)
@allow(ADMIN_FRESH)
def change(sender_id: str) -> AnyResponse:
    """Give a program other choices."""
    who = caller()
    senders.sender(who.org_id, sender_id)
    try:
        form = ChoicesForm.model_validate(forms.fields())
        senders.change_sender(who.org_id, who.email, sender_id, form.choices())
    except (ValidationError, Invalid) as error:
        return _one(sender_id, _typed(), *_fault(error))
    return lead_to(f"{PAGE}/{sender_id}?done=changed")


@pages.post(f"{ONE}/remove")
@allow(ADMIN_FRESH)
def remove(sender_id: str) -> AnyResponse:
    """Leave a program's mail alone from now on."""
    who = caller()
    senders.remove_sender(who.org_id, who.email, sender_id)
    return lead_to(f"{PAGE}?done=removed")


def _typed() -> dict[str, Any]:
    given = forms.fields()
    words = {name: given.get(name, "") for name in ("address", "name", "user_id")}
    return words | {name: name in given for name in NEW_PROGRAM if name not in words}


def _fault(error: Exception) -> tuple[str, int]:
    if isinstance(error, Conflict):
        return "taken", error.status
    kind = "form" if isinstance(error, ValidationError) else "refused"
    return kind, HTTPStatus.UNPROCESSABLE_ENTITY


def _list(form: dict[str, Any], fault: str = "", status: int = HTTPStatus.OK) -> Response:
    org_id = caller().org_id
    users = members.all_of(org_id)
    page = render_template(
        "admin/senders.html",
        programs=senders.senders_of(org_id),
        owners=[user for user in users if not user.is_disabled],
        disabled={user.id for user in users if user.is_disabled},
        names={user.id: user.name for user in users},
        policy=policy_of(org_id),
        form=form,
        fault=fault,
        done=request.args.get("done", ""),
    )
    return Response(page, status=status)


def _one(
    sender_id: str, typed: dict[str, Any], fault: str = "", status: int = HTTPStatus.OK
) -> Response:
    org_id = caller().org_id
    row = senders.sender(org_id, sender_id)
    kept = {name: getattr(row, name) for name in NEW_PROGRAM}
    page = render_template(
        "admin/sender.html",
        program=row,
        owners=[user for user in members.all_of(org_id) if not user.is_disabled],
        form=kept | typed | {"address": row.address},
        fault=fault,
        done=request.args.get("done", ""),
    )
    return Response(page, status=status)
