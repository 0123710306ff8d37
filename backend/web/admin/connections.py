"""Connecting the organisation to Google and Microsoft, a step at a time that can be resumed."""

import re
from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, current_app, render_template, request
from pydantic import AfterValidator, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections
from backend.access.connections import Keys, State
from backend.access.flows import Purpose
from backend.errors import SettingsError, Unfit
from backend.models.mailboxes import Connection
from backend.providers import probe
from backend.providers.faults import Away, Refused
from backend.web import callers, doors, forms, oauth, payloads, screens, travels
from backend.web.admin.loop import latest
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_connections", __name__)
screens.prepare(pages)

LIST = "/console/admin/connections"
_DOMAIN = re.compile(r"[a-z0-9.-]{3,253}")


def _printable(text: str) -> str:
    if not text.isprintable() or " " in text:
        raise Unfit("fields.one_word")
    return text


Word = Annotated[
    payloads.Line, AfterValidator(str.strip), AfterValidator(_printable), Field(max_length=500)
]


class KeysForm(forms.Form):
    """What the provider's console shows; an empty secret keeps the one that is there."""

    client_id: Annotated[Word, Field(min_length=5)]
    tenant: Word = ""
    secret: Word = ""
    allows_signin: bool = False


@pages.get(LIST)
@allow(ADMIN)
def index() -> str:
    """Both providers, and how far each is set up."""
    found = {each: connections.find(caller().org_id, each) for each in connections.PROVIDERS}
    return render_template("admin/connections.html", found=found)


@pages.get(f"{LIST}/<any(google,microsoft):provider>")
@allow(ADMIN)
def show(provider: str) -> Response:
    """The steps for one provider, as far as they are done."""
    return _steps(provider)


@pages.post(f"{LIST}/<any(google,microsoft):provider>")
@allow(ADMIN_FRESH)
def save(provider: str) -> AnyResponse:
    """Keep what was pasted; the secret is never shown again."""
    try:
        form = KeysForm.model_validate(forms.fields())
    except ValidationError:
        return _steps(provider, "keys", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    tenant = form.tenant.lower()
    is_id = re.fullmatch(payloads.UUID_PATTERN, tenant)
    if not (is_id if provider == "microsoft" else not tenant or _DOMAIN.fullmatch(tenant)):
        return _steps(provider, f"tenant_{provider}", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    keys = Keys(form.client_id, tenant, form.secret, form.allows_signin)
    connections.save(callers.admin(), provider, keys, doors.the_safe())
    return lead_to(f"{LIST}/{provider}?done=keys")


@pages.post(f"{LIST}/<any(google,microsoft):provider>/test")
@allow(ADMIN)
def test(provider: str) -> AnyResponse:
    """Ask the provider whether it knows this client; its answer is told with the way to mend it."""
    connection = _saved(provider)
    if connection is None:
        return _steps(provider, "keys", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        connections.test(travels.clients(), connection)
    except Refused as error:
        connections.note(connection, State.FAULTY, error.key)
        return _steps(provider, error.key, error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Away as error:
        return _steps(provider, "away", status=error.status)
    return lead_to(f"{LIST}/{provider}?done=test")


@pages.post(f"{LIST}/<any(google,microsoft):provider>/pilot")
@allow(ADMIN)
def pilot(provider: str) -> AnyResponse:
    """Leave for the provider to consent with a mailbox to try, of which nothing is kept."""
    return _leave(provider, Purpose.PILOT)


@pages.post(f"{LIST}/<any(google,microsoft):provider>/loop")
@allow(ADMIN)
def loop(provider: str) -> AnyResponse:
    """Leave for the provider to let one mail be sent and found again."""
    return _leave(provider, Purpose.LOOP)


def _leave(provider: str, purpose: Purpose) -> AnyResponse:
    connection = _saved(provider)
    if connection is None:
        return _steps(provider, "keys", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        return travels.send(connection, purpose, caller().user_id)
    except Refused as error:
        return oauth.failed(provider, error.key, error.code)
    except Away as error:
        return _steps(provider, "away", status=error.status)


def _saved(provider: str) -> Connection | None:
    return connections.with_secret(caller().org_id, provider, doors.the_safe())


def _deployment(provider: str) -> str:
    """What is pasted where the add-in is deployed: an address, or JSON; empty if there is none."""
    if provider == "microsoft":
        return f"{doors.the_settings().public_url}/addin/manifest.xml"
    try:
        return str(current_app.extensions["gmail_deployment"]())
    except SettingsError:
        return ""


def _steps(provider: str, fault: str = "", code: str = "", status: int = HTTPStatus.OK) -> Response:
    connection = connections.find(caller().org_id, provider)
    page = render_template(
        "admin/connection.html",
        provider=provider,
        connection=connection,
        has_secret=_saved(provider) is not None,
        redirect_uri=connections.redirect_uri(doors.the_settings(), provider),
        origin=doors.the_settings().public_url,
        deployment=_deployment(provider),
        scopes=probe.shown(provider),
        last_loop=latest(provider),
        fault=fault,
        code=code,
        done=request.args.get("done", ""),
    )
    return Response(page, status=status)
