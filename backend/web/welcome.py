"""Links that let a user set a password: from an invitation, or because it was forgotten."""

import logging
from http import HTTPStatus
from threading import Thread

from flask import Blueprint, Response, render_template
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import invitations, letters, tries
from backend.access.letters import Letter
from backend.errors import Invalid, TooManyTries, Unavailable
from backend.models.access import Purpose
from backend.models.org import User
from backend.settings import Settings
from backend.web import doors, forms, payloads, reader, screens
from backend.web.permissions import PUBLIC, allow, require_own_form

log = logging.getLogger(__name__)

pages = Blueprint("welcome", __name__)
screens.prepare(pages)


class NewPassword(forms.Form):
    """The password that is to be set."""

    password: payloads.Line


class Forgotten(forms.Form):
    """Whose password was forgotten."""

    email: payloads.Address


@pages.get("/welcome/<code>")
@allow(PUBLIC)
def ask(code: str) -> AnyResponse:
    """Ask for a password; looking does not use the link up."""
    return _shown(code, "")


@pages.post("/welcome/<code>")
@allow(PUBLIC)
def accept(code: str) -> AnyResponse:
    """Set the password, use the link up and sign in."""
    require_own_form()
    try:
        form = NewPassword.model_validate(forms.fields())
        entered = invitations.accept(code, form.password)
    except (ValidationError, Invalid):
        return _shown(code, "weak")
    return doors.let_in(entered) if entered else _shown(code, "")


@pages.get("/signin/forgotten")
@allow(PUBLIC)
def ask_address() -> str:
    """Ask whose password was forgotten, or say that an admin makes the link."""
    can_send = letters.can_send(doors.the_settings())
    return render_template("forgotten.html", can_send=can_send, is_sent=False)


@pages.post("/signin/forgotten")
@allow(PUBLIC)
def send_link() -> AnyResponse:
    """Send a link, if there is such a user; the answer is the same if not."""
    require_own_form()
    settings = doors.the_settings()
    try:
        email = Forgotten.model_validate(forms.fields()).email
        tries.enter(doors.door(f"forgotten|{email}"))
    except (ValidationError, TooManyTries):
        email = ""
    user = User.get_or_none(User.email == email, ~User.is_disabled) if email else None
    can_send = letters.can_send(settings)
    if user and can_send:
        # Apart from the answer, which tells neither by its words nor by its time who is known.
        letter = letter_to(user, Purpose.RESET, user.email)
        Thread(target=_send_quietly, args=(settings, letter), daemon=True).start()
    page = render_template("forgotten.html", can_send=can_send, is_sent=can_send)
    return Response(page)


def letter_to(user: User, purpose: Purpose, actor: str) -> Letter:
    """The letter with a new link of the user's."""
    link = address_of(invitations.issue(user, purpose, actor))
    text = reader.t(f"signin.letter_{purpose}", name=user.name, link=link)
    return Letter(user.email, reader.t(f"signin.letter_{purpose}_subject"), text)


def _send_quietly(settings: Settings, letter: Letter) -> None:
    try:
        letters.send(settings, letter)
    except Unavailable:
        log.warning("the mail server did not take a letter")


def address_of(code: str) -> str:
    """The whole address of a link: where the settings say we are, whatever a request says."""
    return f"{doors.the_settings().public_url}/welcome/{code}"


def _shown(code: str, fault: str) -> Response:
    opened = invitations.look(code)
    if opened is None:
        page = render_template("welcome.html", opened=None, fault="", code="")
        return Response(page, status=HTTPStatus.GONE)
    page = render_template("welcome.html", opened=opened, fault=fault, code=code)
    return forms.shown(page, fault)
