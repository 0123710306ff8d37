"""Connecting all mailboxes of an organisation at once, a step at a time that can be resumed."""

import re
from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, render_template, request
from pydantic import AfterValidator, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections, coverage, organisation
from backend.access.coverage import Choice
from backend.access.flows import Purpose
from backend.access.grants import Grants, organisation_scopes
from backend.access.organisation import Given
from backend.errors import Invalid
from backend.mail.addresses import domain_of
from backend.models.mailboxes import Connection
from backend.models.organisation_grants import Covers, OrganisationGrant, grant_of
from backend.providers.faults import Away, Refused
from backend.providers.google import ServiceKey
from backend.providers.probe import BOOK_SCOPES
from backend.tracking.policy import policy_of
from backend.web import callers, doors, forms, oauth, payloads, screens, travels
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_organisation", __name__)
screens.prepare(pages)

HERE = "/console/admin/connections/<any(google,microsoft):provider>/organisation"
MAX_KEY = 20_000  # a key's file has about 2,400 characters
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


def _domains(text: str) -> str:
    found = text.lower().replace(",", " ").split()
    if not all(_DOMAIN.fullmatch(each) for each in found):
        raise ValueError("must be domains")
    return " ".join(found)


class GrantForm(forms.Form):
    """The pilot's mailbox, and at Google the domains and the key; no key keeps the one there is."""

    pilot: payloads.Address
    outside: payloads.Address | None = None
    domains: Annotated[payloads.Line, AfterValidator(_domains)] = ""
    key: Annotated[str, Field(max_length=MAX_KEY), payloads.Cleaned] = ""


class PeopleForm(forms.Form):
    """Whose mailboxes are captured."""

    covers: Covers
    people: Annotated[list[payloads.Uuid], Field(max_length=10_000)]


@pages.get(HERE)
@allow(ADMIN)
def show(provider: str) -> Response:
    """The steps, as far as they are done."""
    return _steps(provider)


@pages.post(HERE)
@allow(ADMIN_FRESH)
def save(provider: str) -> AnyResponse:
    """Keep what was filled in; the key is never shown again."""
    try:
        form = GrantForm.model_validate(_filled())
    except ValidationError as error:
        return _faulty(provider, f"wrong_{error.errors()[0]['loc'][0]}")
    domains = tuple(form.domains.split())
    if provider == "google" and domain_of(form.pilot) not in domains:
        return _faulty(provider, "domain")
    if form.outside == form.pilot:
        return _faulty(provider, "wrong_outside")
    try:
        key = ServiceKey.of(form.key) if form.key.strip() and provider == "google" else None
    except Refused as error:
        return _faulty(provider, error.key)
    if provider == "google" and key is None and grant_of(caller().org_id, provider) is None:
        return _faulty(provider, "service_key")
    given = Given(form.pilot, domains, form.outside or "", key)
    organisation.save(callers.admin(), provider, given, doors.the_safe())
    return lead_to(f"{_here(provider)}?done=saved")


@pages.post(f"{HERE}/test")
@allow(ADMIN)
def test(provider: str) -> AnyResponse:
    """Open the pilot's mailbox by one real call; what is wrong is told with its mending."""
    grant = grant_of(caller().org_id, provider)
    if grant is None or not _has_client(provider):
        return _faulty(provider, "first_save")
    try:
        organisation.test(_grants(), travels.clients(), grant)
    except Refused as error:
        return _steps(provider, error.key, error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    except Away as error:
        return _steps(provider, "away", status=error.status)
    return lead_to(f"{_here(provider)}?done=tested")


@pages.post("/console/admin/connections/microsoft/organisation/consent")
@allow(ADMIN_FRESH)
def consent() -> AnyResponse:
    """Leave for Microsoft to allow the app's own access to every mailbox."""
    connection = _connection("microsoft")
    if connection is None:
        return _faulty("microsoft", "first_save")
    return oauth.leave(connection, Purpose.CONSENT, caller().user_id)


@pages.post(f"{HERE}/people")
@allow(ADMIN_FRESH)
def people(provider: str) -> AnyResponse:
    """Switch capture on for chosen people, for all, or for nobody."""
    grant = grant_of(caller().org_id, provider)
    if grant is None or grant.state != connections.State.READY:
        return _faulty(provider, "first_test")
    try:
        form = PeopleForm.model_validate(
            {"covers": request.form.get("covers"), "people": request.form.getlist("people")}
        )
    except ValidationError:
        raise Invalid("problems.no_choice") from None
    choice = Choice(form.covers, frozenset(form.people), policy_of(grant.org_id).sharing)
    if not coverage.cover(callers.admin(), grant, choice):
        return _faulty(provider, "first_test")
    return lead_to(f"{_here(provider)}?done=people")


@pages.post(f"{HERE}/end")
@allow(ADMIN_FRESH)
def end(provider: str) -> AnyResponse:
    """Delete the key and capture nothing more by it."""
    grant = grant_of(caller().org_id, provider)
    if grant is not None:
        organisation.end(callers.admin(), grant, doors.the_safe())
    return lead_to(f"{_here(provider)}?done=ended")


def _filled() -> dict[str, str]:
    """The form's fields without empty ones; a file that was chosen stands for the pasted key."""
    found = {name: text for name, text in forms.fields().items() if text.strip()}
    file = request.files.get("file")
    if file and file.filename:
        found["key"] = file.stream.read(MAX_KEY + 1).decode("utf-8", "replace")
    return found


def _grants() -> Grants:
    return Grants(doors.the_settings(), doors.the_safe())


def _connection(provider: str) -> Connection | None:
    """The organisation's own client there, if its secret is kept."""
    return connections.with_secret(caller().org_id, provider, doors.the_safe())


def _has_client(provider: str) -> bool:
    return provider == "google" or _connection(provider) is not None


def _here(provider: str) -> str:
    return HERE.replace("<any(google,microsoft):provider>", provider)


def _faulty(provider: str, fault: str) -> Response:
    return _steps(provider, fault, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _steps(provider: str, fault: str = "", code: str = "", status: int = HTTPStatus.OK) -> Response:
    grant = grant_of(caller().org_id, provider)
    page = render_template(
        "admin/organisation.html",
        provider=provider,
        grant=grant,
        connection=_connection(provider),
        filled=_shown(grant),
        scopes=organisation_scopes(provider),
        book_scopes=BOOK_SCOPES[provider],
        people=coverage.people_of(grant) if grant and grant.state == "ready" else [],
        covers=list(Covers),
        fault=fault,
        code=code,
        done=request.args.get("done", ""),
    )
    return Response(page, status=status)


def _shown(grant: OrganisationGrant | None) -> dict[str, str]:
    """What the form shows: what was typed a moment ago, or what is kept; never a key."""
    if request.method == "POST" and "pilot" in request.form:
        return forms.filled("pilot", "outside", "domains")
    if grant is None:
        return {"pilot": "", "outside": "", "domains": ""}
    return {"pilot": grant.pilot, "outside": grant.outside, "domains": " ".join(grant.domains)}
