"""The first run: a one-time code from the machine's console makes the first admin."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, render_template
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import setup, signing_in, tries
from backend.errors import Invalid, NotFound, TooManyTries
from backend.models.org import MAX_NAME
from backend.web import doors, forms, payloads, screens
from backend.web.permissions import PUBLIC, allow, require_own_form

pages = Blueprint("setup", __name__)
screens.prepare(pages)

Name = Annotated[payloads.Line, Field(min_length=1, max_length=MAX_NAME)]


class SetupForm(forms.Form):
    """Who the first admin is."""

    code: Annotated[payloads.Line, Field(max_length=100)]
    organization: Name
    name: Name
    email: payloads.Address
    password: payloads.Line


@pages.get("/setup")
@allow(PUBLIC)
def ask() -> AnyResponse:
    """The form, while there is no admin. Raises NotFound afterwards."""
    _require_open()
    return _shown("")


@pages.post("/setup")
@allow(PUBLIC)
def make() -> AnyResponse:
    """Make the first admin and sign her in. Raises NotFound once there is one."""
    require_own_form()
    _require_open()
    try:
        form = SetupForm.model_validate(forms.fields())
    except ValidationError:
        return _shown("incomplete")
    try:
        noted = tries.enter(doors.door("setup"))
    except TooManyTries as error:
        return _shown("too_many", error.status)
    wanted = setup.FirstAdmin(form.organization, form.name, form.email, form.password)
    try:
        user = setup.make_first_admin(form.code, wanted)
    except Invalid:
        tries.forgive(noted)
        return _shown("weak")
    if user is None:
        return _shown("code", HTTPStatus.FORBIDDEN)
    tries.forgive(noted)
    response = doors.let_in(signing_in.open_for(user, "setup"))
    response.headers["Location"] = "/console/account/factor"
    return response


def _require_open() -> None:
    if not setup.is_open():
        raise NotFound("problems.is_set_up")


def _shown(fault: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Response:
    kept = forms.filled("code", "organization", "name", "email")
    return forms.shown(render_template("setup.html", fault=fault, kept=kept), fault, status)
