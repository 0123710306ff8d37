"""Links that let a user set a password: from an invitation, or because it was forgotten."""

import logging
from http import HTTPStatus
from threading import Thread

from flask import Blueprint, Response, render_template
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend import db
from backend.access import invitations, letters, tries
from backend.access.letters import Letter
from backend.errors import Invalid, TooManyTries, Unavailable
from backend.models.access import Purpose
from backend.models.org import User
from backend.settings import Settings
from backend.web import doors, forms, payloads, reader, screens
from backend.web.permissions import PUBLIC, allow, require_own_form
from backend.words import Language
from backend.words import t as text_of

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
        # Apart from the answer, which tells neither by its words nor by its time who is known; the
        # link is written there, too.
        given = (user, settings, reader.language())
        Thread(target=_send_quietly, args=given, daemon=True).start()
    page = render_template("forgotten.html", can_send=can_send, is_sent=can_send)
    return Response(page)


def letter_to(user: User, purpose: Purpose, actor: str) -> Letter:
    """The letter with a new link of the user's."""
    code = invitations.issue(user, purpose, actor)
    return _letter(user, purpose, address_of(code), reader.language())


def _letter(user: User, purpose: Purpose, link: str, language: Language) -> Letter:
    text = text_of(f"signin.letter_{purpose}", language, name=user.name, link=link)
    return Letter(user.email, text_of(f"signin.letter_{purpose}_subject", language), text)


def _send_quietly(user: User, settings: Settings, language: Language) -> None:
    try:
        with db.connection():
            code = invitations.issue(user, Purpose.RESET, user.email)
        link = _address_at(settings, code)
        letters.send(settings, _letter(user, Purpose.RESET, link, language))
    except Unavailable:
        log.warning("the mail server did not take a letter")
    except db.AWAY:
        log.warning("the database did not take a link")


def address_of(code: str) -> str:
    """The whole address of a link: where the settings say we are, whatever a request says."""
    return _address_at(doors.the_settings(), code)


def _address_at(settings: Settings, code: str) -> str:
    return f"{settings.public_url}/welcome/{code}"


def _shown(code: str, fault: str) -> Response:
    opened = invitations.look(code)
    if opened is None:
        page = render_template("welcome.html", opened=None, fault="", code="")
        return Response(page, status=HTTPStatus.GONE)
    page = render_template("welcome.html", opened=opened, fault=fault, code=code)
    return forms.shown(page, fault)
