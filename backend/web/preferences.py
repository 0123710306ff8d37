"""Who the caller is, and what she has chosen for herself."""

from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, Field

from backend.errors import Unfit
from backend.models import preferences
from backend.models.org import Organization
from backend.web import callers, payloads
from backend.web.permissions import ANY_TOKEN, READ, allow, caller
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("preferences", __name__, url_prefix="/api/v1", abp_responses=PROBLEMS)


@cache
def _zones() -> frozenset[str]:
    return frozenset({"UTC"} | available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise Unfit("fields.zone")
    return name


class Channels(payloads.Shape):
    """Where a notice of one event goes; what is left out stays."""

    in_app: payloads.Flag | None = None
    push: payloads.Flag | None = None
    mail: payloads.Flag | None = None


class NotificationsIn(payloads.Shape):
    """Which events to change."""

    open: Channels = Channels()
    click: Channels = Channels()
    reply: Channels = Channels()
    bounce: Channels = Channels()
    spike: Channels = Channels()


class PreferencesIn(payloads.Shape):
    """What to change; a field that is left out stays as it is."""

    opens: payloads.Flag | None = None
    links: payloads.Flag | None = None
    notifications: NotificationsIn | None = None
    theme: Literal["system", "light", "dark"] | None = None
    language: Literal["system", "en", "de"] | None = None
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = None


class ChannelsOut(payloads.Answer):
    """Where a notice of one event goes."""

    in_app: bool
    push: bool
    mail: bool


class NotificationsOut(payloads.Answer):
    """The whole matrix, event by channel."""

    open: ChannelsOut
    click: ChannelsOut
    reply: ChannelsOut
    bounce: ChannelsOut
    spike: ChannelsOut


class PreferencesOut(payloads.Answer):
    """Everything chosen, or the default; opens and links are the switches of the next mail."""

    opens: bool
    links: bool
    notifications: NotificationsOut
    theme: str
    language: str
    time_zone: str


class OrganizationOut(payloads.Answer):
    """The caller's organisation."""

    id: str
    name: str


class Me(payloads.Answer):
    """The caller, and what her token may do (api: all that her role may)."""

    id: str
    email: str
    name: str
    role: str
    scope: str
    time_zone: str
    organization: OrganizationOut


@api.get("/me", responses={200: Me})
@allow(ANY_TOKEN)
def me() -> Response:
    """Who the caller is."""
    who = caller()
    user = callers.me()
    org = Organization.get_by_id(who.org_id)
    return answer(
        {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "role": user.role,
            "scope": who.scope,
            "time_zone": user.time_zone,
            "organization": {"id": org.id, "name": org.name},
        }
    )


@api.get("/preferences", responses={200: PreferencesOut})
@allow(ANY_TOKEN)
def show() -> Response:
    """The caller's preferences."""
    return _mine()


@api.put("/preferences", responses={200: PreferencesOut})
@allow(READ)
def change(body: PreferencesIn) -> Response:
    """Change the caller's preferences; a panel's read token may, they are her own."""
    preferences.store(caller().user_id, body.model_dump(exclude_none=True))
    return _mine()


def _mine() -> Response:
    return answer(preferences.all_of(callers.me()))
