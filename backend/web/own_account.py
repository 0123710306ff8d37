"""A user's own way in: password, second factor, recovery codes, and confirming that it is she."""

from http import HTTPStatus
from typing import Annotated, Literal

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections, factors, identities, passwords, signing_in, totp, tries
from backend.errors import Invalid, TooManyTries
from backend.models.access import end_sessions_of, prove_factor
from backend.web import callers, doors, forms, payloads, screens
from backend.web.forms import lead_to
from backend.web.permissions import ENROL, OWN, allow, caller, is_fresh

pages = Blueprint("own_account", __name__)
screens.prepare(pages)

Short = Annotated[payloads.Line, Field(max_length=100)]


class ConfirmForm(forms.Form):
    """What the user has to show."""

    next: payloads.Line = ""
    password: payloads.Line = ""
    code: Short = ""


class PasswordForm(forms.Form):
    """The new password."""

    password: payloads.Line


class CodeForm(forms.Form):
    """The first code of a new factor."""

    code: Short


@pages.get("/console/account")
@allow(ENROL)
def show() -> str:
    """Password, second factor and sessions."""
    return _account("")


@pages.get("/console/confirm")
@allow(ENROL)
def ask_confirm() -> AnyResponse:
    """Ask the user to show again that it is she."""
    return _confirm_page("", doors.local_path(request.args.get("next", "")))


@pages.post("/console/confirm")
@allow(ENROL)
def confirm() -> AnyResponse:
    """Check it and lead back to where it was asked for."""
    try:
        form = ConfirmForm.model_validate(forms.fields())
    except ValidationError:
        return _confirm_page("wrong", doors.START)
    back = doors.local_path(form.next)
    shown = signing_in.Shown(form.password, form.code)
    try:
        is_right = signing_in.confirm(
            callers.me(),
            _session_id(),
            shown,
            doors.the_safe(),
            doors.door(f"confirm|{caller().user_id}"),
        )
    except TooManyTries as error:
        return _confirm_page("too_many", back, error.status)
    return lead_to(back) if is_right else _confirm_page("wrong", back)


@pages.post("/console/account/password")
@allow(ENROL)
def change_password() -> AnyResponse:
    """Set a new password; every other session ends. Asks for a fresh confirmation first."""
    stale = _unless_fresh()
    if stale:
        return stale
    try:
        form = PasswordForm.model_validate(forms.fields())
        passwords.require_strong(form.password, caller().email)
    except (ValidationError, Invalid):
        return forms.shown(_account("weak"), "weak")
    signing_in.set_password(callers.me(), form.password, but=_session_id())
    return lead_to("/console/account?done=password")


@pages.get("/console/account/factor")
@allow(ENROL)
def begin_factor() -> AnyResponse:
    """The QR code and secret of a new second factor; nothing is kept until a code confirms it."""
    if factors.is_on(caller().user_id):
        return lead_to("/console/account")
    return _factor_page("")


@pages.post("/console/account/factor")
@allow(ENROL)
def confirm_factor() -> AnyResponse:
    """Switch the factor on with its first code and show the recovery codes, once."""
    stale = _unless_fresh()
    if stale:
        return stale
    me = callers.me()
    try:
        code = CodeForm.model_validate(forms.fields()).code
        tries.enter(doors.door(f"enrol|{me.id}"))
    except ValidationError:
        return _factor_page("wrong_code")
    except TooManyTries as error:
        return _factor_page("too_many", error.status)
    codes = factors.confirm(me, doors.the_safe(), _proposed(), code)
    if codes is None:
        return _factor_page("wrong_code")
    prove_factor(_session_id())
    end_sessions_of(me.id, but=_session_id())
    return Response(render_template("recovery_codes.html", codes=codes))


@pages.post("/console/account/<any(recovery, factor_off, sessions):what>")
@allow(OWN)
def change(what: Literal["recovery", "factor_off", "sessions"]) -> AnyResponse:
    """New recovery codes, the factor off, or every other session ended."""
    if what == "sessions":
        end_sessions_of(caller().user_id, but=_session_id())
        return lead_to("/console/account?done=sessions")
    stale = _unless_fresh()
    if stale:
        return stale
    if what == "recovery":
        return Response(render_template("recovery_codes.html", codes=_new_codes()))
    factors.switch_off(callers.me(), doors.the_safe())
    end_sessions_of(caller().user_id, but=_session_id())
    return lead_to("/console/account?done=factor_off")


def _proposed() -> str:
    return totp.secret_of(doors.the_settings().secret, _session_id())


def _new_codes() -> list[str]:
    return factors.new_recovery_codes(callers.me()) if factors.is_on(caller().user_id) else []


def _unless_fresh() -> AnyResponse | None:
    # Who has nothing to confirm with yet signs in anew: a first password is a way in like another.
    if is_fresh(caller()):
        return None
    return lead_to("/console/confirm?next=/console/account")


def _session_id() -> str:
    return caller().session_id or ""


def _account(fault: str) -> str:
    me = callers.me()
    has_password, has_factor = signing_in.can_confirm(me)
    return render_template(
        "account.html",
        me=me,
        has_password=has_password,
        has_factor=has_factor,
        codes_left=factors.recovery_codes_left(me.id),
        identities=identities.all_of(me.id),
        ways=[way for way in connections.for_signing_in() if way.org_id == me.org_id],
        fault=fault,
        done=request.args.get("done", ""),
    )


def _factor_page(fault: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Response:
    secret = _proposed()
    page = render_template(
        "factor.html",
        qr=totp.qr_svg(totp.uri(secret, caller().email)),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        is_needed=caller().role == "admin",
        fault=fault,
    )
    return forms.shown(page, fault, status)


def _confirm_page(fault: str, back: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Response:
    has_password, has_factor = signing_in.can_confirm(callers.me())
    page = render_template(
        "confirm.html", has_password=has_password, has_factor=has_factor, fault=fault, back=back
    )
    return forms.shown(page, fault, status)
