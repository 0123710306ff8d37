"""Signing in with a password and a code or by a link, and out."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, current_app, redirect, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections, setup, signing_in
from backend.access.signing_in import Entered
from backend.errors import TooManyTries
from backend.models.access import (
    end_session,
    end_session_by_text,
    open_session,
    user_awaiting_code,
)
from backend.web import doors, forms, own_clicks, payloads, screens
from backend.web.forms import lead_to
from backend.web.permissions import (
    ANY_TOKEN,
    PUBLIC,
    allow,
    caller,
    require_own_form,
    session_cookie,
)

pages = Blueprint("signin", __name__)
screens.prepare(pages)


class PasswordForm(forms.Form):
    """An address and its password; tries count by the address however it is written."""

    email: payloads.Address
    password: Annotated[payloads.Line, Field(max_length=1000)]


class CodeForm(forms.Form):
    """The second factor's code, or a recovery code."""

    code: Annotated[payloads.Line, Field(max_length=100)]


@pages.get("/signin")
@allow(PUBLIC)
def how() -> AnyResponse:
    """How one gets in: before the first admin, by setting the installation up."""
    return redirect("/setup") if setup.is_open() else _shown()


@pages.post("/signin")
@allow(PUBLIC)
def by_password() -> AnyResponse:
    """Check an address and password; a wrong one gets the same answer whatever was wrong."""
    require_own_form()
    try:
        form = PasswordForm.model_validate(forms.fields())
        entered = signing_in.with_password(form.email, form.password, doors.door(form.email))
    except ValidationError:
        entered = None
    except TooManyTries as error:
        return _shown("too_many", error.status)
    if entered is None:
        return _shown("wrong", HTTPStatus.UNAUTHORIZED)
    return doors.let_in(entered)


@pages.get("/signin/code")
@allow(PUBLIC)
def ask_code() -> AnyResponse:
    """Ask for the second factor of a browser whose password was right."""
    return _code_page() if _awaiting() else lead_to("/signin")


@pages.post("/signin/code")
@allow(PUBLIC)
def by_code() -> AnyResponse:
    """Check the code; the right one opens a new session."""
    require_own_form()
    account = _awaiting()
    if account is None:
        return lead_to("/signin")
    half = request.cookies[session_cookie()]
    try:
        code = CodeForm.model_validate(forms.fields()).code
        text = signing_in.with_code(half, code, doors.door(f"code|{account}"), doors.the_safe())
    except ValidationError:
        text = None
    except TooManyTries as error:
        end_session_by_text(half)
        return _shown("too_many", error.status)
    if text is None:
        return _code_page("wrong_code", HTTPStatus.UNAUTHORIZED)
    return doors.let_in(Entered(text, awaits_code=False))


@pages.get("/signin/<code>")
@allow(PUBLIC)
def by_link(code: str) -> AnyResponse:
    """Use a sign-in link up and go in; a stale one says how to get another."""
    if request.method == "HEAD":  # a mail program that looks whether the link is alive
        return Response(status=HTTPStatus.NO_CONTENT)
    text = open_session(code)
    if text is None:
        page = _page(is_stale=True)
        return Response(page, status=HTTPStatus.GONE)
    has_playground = "playground" in current_app.blueprints
    start = "/playground" if has_playground else "/console/feed"
    return doors.led_in(text, start, HTTPStatus.FOUND)


@pages.post("/signout")
@allow(ANY_TOKEN)
def out() -> AnyResponse:
    """End this browser's session on the server."""
    session_id = caller().session_id
    if session_id:
        end_session(session_id)
    response = redirect("/signin")
    response.delete_cookie(session_cookie())
    own_clicks.forget(response, doors.the_settings(), caller())
    return response


def _awaiting() -> str | None:
    text = request.cookies.get(session_cookie())
    user = user_awaiting_code(text) if text else None
    return user.id if user else None


def _shown(fault: str = "", status: int = HTTPStatus.OK) -> Response:
    email = forms.filled("email")["email"]
    page = _page(is_stale=False, fault=fault, email=email)
    return Response(page, status=status)


def _page(*, is_stale: bool, fault: str = "", email: str = "") -> str:
    ways = connections.for_signing_in()
    return render_template("signin.html", is_stale=is_stale, fault=fault, email=email, ways=ways)


def _code_page(fault: str = "", status: int = HTTPStatus.OK) -> Response:
    return Response(render_template("signin_code.html", fault=fault), status=status)
