"""The admin's page of people who sign in, and of their teams."""

from http import HTTPStatus
from typing import Annotated, Literal

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import factors, invitations, letters, members
from backend.access.members import Newcomer
from backend.errors import Conflict, Invalid, Unavailable
from backend.models.access import Purpose
from backend.models.org import MAX_NAME, User
from backend.web import doors, forms, payloads, screens, welcome
from backend.web.callers import admin
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_people", __name__)
screens.prepare(pages)

LIST = "/console/admin/people"
MaybeId = Literal[""] | payloads.Uuid


class InviteForm(forms.Form):
    """Somebody to be invited."""

    email: payloads.Address
    name: Annotated[payloads.Line, Field(max_length=MAX_NAME)] = ""
    role: Literal["rep", "manager", "admin", "auditor"]
    team: MaybeId = ""


class PlaceForm(forms.Form):
    """A user's role and team."""

    role: Literal["rep", "manager", "admin", "auditor"]
    team: MaybeId = ""


class TransferForm(forms.Form):
    """Who takes over."""

    heir: payloads.Uuid


class TeamForm(forms.Form):
    """A new team."""

    name: Annotated[payloads.Line, Field(min_length=1, max_length=MAX_NAME)]


@pages.get(LIST)
@allow(ADMIN)
def index() -> Response:
    """Everybody who signs in, and the teams."""
    return _list()


@pages.post(LIST)
@allow(ADMIN_FRESH)
def invite() -> Response:
    """Add a user and send her link, or show it where no mail server is configured."""
    try:
        form = InviteForm.model_validate(forms.fields())
        who = Newcomer(form.email, form.name, form.role, form.team or None)
        user = members.add(admin(), who)
    except ValidationError:
        return _list("invite", HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as error:
        return _list("known", error.status)
    return _link_for(user, Purpose.INVITE)


@pages.get(f"{LIST}/<id:user_id>")
@allow(ADMIN)
def show(user_id: str) -> Response:
    """One user."""
    return _user(members.one(caller().org_id, user_id))


@pages.post(f"{LIST}/<id:user_id>/place")
@allow(ADMIN_FRESH)
def place(user_id: str) -> AnyResponse:
    """Another role or team."""
    user = members.one(caller().org_id, user_id)
    try:
        form = PlaceForm.model_validate(forms.fields())
        members.change(admin(), user, form.role, form.team or None)
    except (ValidationError, Invalid):
        return _user(user, "form", HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as error:
        return _user(user, "last_admin", error.status)
    return lead_to(f"{LIST}/{user_id}?done=place")


@pages.post(f"{LIST}/<id:user_id>/transfer")
@allow(ADMIN_FRESH)
def transfer(user_id: str) -> AnyResponse:
    """Give the user's people and mails to somebody else."""
    user = members.one(caller().org_id, user_id)
    try:
        heir = TransferForm.model_validate(forms.fields()).heir
        members.transfer(admin(), user, members.one(caller().org_id, heir))
    except (ValidationError, Invalid):
        return _user(user, "heir", HTTPStatus.UNPROCESSABLE_ENTITY)
    return lead_to(f"{LIST}/{user_id}?done=transfer")


@pages.post(f"{LIST}/<id:user_id>/<any(link,disable,enable,sign_out,factor_off):step>")
@allow(ADMIN_FRESH)
def act(user_id: str, step: str) -> AnyResponse:
    """A new link, the end or the return of a user, of her sessions or of her second factor."""
    user = members.one(caller().org_id, user_id)
    if step == "link":
        has_way_in = bool(factors.credential_of(user).password_hash)
        return _link_for(user, Purpose.RESET if has_way_in else Purpose.INVITE)
    if step == "factor_off":
        members.forget_factor(admin(), user, doors.the_safe())
    else:
        try:
            {
                "disable": members.disable,
                "enable": members.enable,
                "sign_out": members.sign_out,
            }[step](admin(), user)
        except Conflict as error:
            fault = "oneself" if user.id == caller().user_id else "last_admin"
            return _user(user, fault, error.status)
    return lead_to(f"{LIST}/{user_id}?done={step}")


@pages.post("/console/admin/teams")
@allow(ADMIN)
def add_team() -> AnyResponse:
    """A new team."""
    try:
        members.add_team(admin(), TeamForm.model_validate(forms.fields()).name)
    except (ValidationError, Invalid):
        return _list("team", HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as error:
        return _list("team_known", error.status)
    return lead_to(LIST)


@pages.post("/console/admin/teams/<id:team_id>/remove")
@allow(ADMIN)
def remove_team(team_id: str) -> AnyResponse:
    """Remove a team; its members stay."""
    members.remove_team(admin(), team_id)
    return lead_to(LIST)


def _link_for(user: User, purpose: Purpose) -> Response:
    settings = doors.the_settings()
    if letters.can_send(settings):
        try:
            letters.send(settings, welcome.letter_to(user, purpose, caller().email))
            return _user(user, done="sent")
        except Unavailable:
            pass  # the admin hands the link over herself
    code = invitations.issue(user, purpose, caller().email)
    return _user(user, link=welcome.address_of(code))


def _list(fault: str = "", status: int = HTTPStatus.OK) -> Response:
    org_id = caller().org_id
    teams = members.teams_of(org_id)
    page = render_template(
        "admin/people.html",
        users=members.all_of(org_id),
        teams=teams,
        team_names={team.id: team.name for team in teams},
        roles=members.ROLES,
        fault=fault,
        kept=forms.filled("email", "name"),
    )
    return Response(page, status=status)


def _user(
    user: User, fault: str = "", status: int = HTTPStatus.OK, *, done: str = "", link: str = ""
) -> Response:
    page = render_template(
        "admin/user.html",
        user=members.one(caller().org_id, user.id),
        others=[each for each in members.all_of(caller().org_id) if each.id != user.id],
        teams=members.teams_of(caller().org_id),
        roles=members.ROLES,
        has_factor=factors.is_on(user.id),
        fault=fault,
        done=done or request.args.get("done", ""),
        link=link,
    )
    return Response(page, status=status)
