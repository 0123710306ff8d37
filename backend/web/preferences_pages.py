"""The page of one's own preferences: tracking, notices, looks, tokens and browsers."""

from functools import cache
from http import HTTPStatus
from typing import Any, Literal
from zoneinfo import available_timezones

from flask import Blueprint, Response, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import Conflict
from backend.models import own_access, preferences
from backend.models.access import Scope
from backend.web import forms, payloads, screens
from backend.web.callers import me
from backend.web.forms import lead_to
from backend.web.own_access import TokenIn, session_out, token_out
from backend.web.permissions import FULL, FULL_FRESH, allow, caller
from backend.web.preferences import PreferencesIn

pages = Blueprint("preferences_pages", __name__)
screens.prepare(pages)

PAGE = "/console/preferences"


class DoneOf(payloads.Shape):
    """What has just been done."""

    done: Literal["saved", "revoked", "ended"] | None = None


@pages.get(PAGE)
@allow(FULL)
def show() -> Response:
    """Everything one has chosen, and one's ways in."""
    return _page(DoneOf.model_validate(request.args.to_dict()).done)


@pages.post(PAGE)
@allow(FULL)
def store() -> AnyResponse:
    """Store what was chosen in the form."""
    try:
        given = PreferencesIn.model_validate(_given())
    except ValidationError as error:
        faults = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
        return _page(faults=faults, typed=request.form)
    preferences.store(caller().user_id, given.model_dump(exclude_none=True))
    return lead_to(f"{PAGE}?done=saved")


@pages.post(f"{PAGE}/tokens")
@allow(FULL_FRESH)
def make_token() -> Response:
    """Make a token and show it, this once."""
    typed = forms.filled("label", "scope")
    try:
        wanted = TokenIn.model_validate(typed)
        made, text = own_access.make_token(me(), wanted.scope, wanted.label)
    except ValidationError:
        return _page(faults={"label"}, typed=request.form)
    except Conflict as error:
        return _page(faults={"tokens"}, typed=request.form, status=error.status)
    return _page(new_token={"id": made.id, "label": made.label, "text": text})


@pages.post(f"{PAGE}/tokens/<id:token_id>/revoke")
@allow(FULL)
def revoke(token_id: str) -> AnyResponse:
    """Revoke a token of one's own."""
    own_access.revoke_token(me(), token_id)
    return lead_to(f"{PAGE}?done=revoked#tokens")


@pages.post(f"{PAGE}/sessions/<id:session_id>/end")
@allow(FULL)
def end_session(session_id: str) -> AnyResponse:
    """Sign a browser out; one's own leads to the way in."""
    own_access.end_session_of(me(), session_id)
    if session_id == caller().session_id:
        return lead_to("/signin")
    return lead_to(f"{PAGE}?done=ended#browsers")


def _given() -> dict[str, Any]:
    """The form's fields; a box that is not ticked is not sent."""
    form = request.form
    matrix = {
        event: {
            channel: f"{event}.{channel}" in form
            for channel, now in row.items()
            if now != (f"{event}.{channel}" in form)  # what stays a default is not stored
        }
        for event, row in preferences.all_of(me())["notifications"].items()
    }
    return {
        "opens": "opens" in form,
        "links": "links" in form,
        "notifications": matrix,
        "theme": form.get("theme", ""),
        "language": form.get("language", ""),
        "time_zone": form.get("time_zone", ""),
    }


def _page(
    done: str | None = None,
    *,
    faults: set[str] | None = None,
    typed: Any = None,
    new_token: dict[str, str] | None = None,
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    user = me()
    page = render_template(
        "preferences.html",
        chosen=preferences.all_of(user),
        events=list(preferences.NOTICES),
        channels=preferences.CHANNELS,
        zones=_zones(),
        tokens=[token_out(each) for each in own_access.tokens_of(user.id)],
        sessions=[session_out(each) for each in own_access.sessions_of(user.id)],
        scopes=list(Scope),
        done=done,
        faults=faults or set(),
        typed=typed or {},
        new_token=new_token,
    )
    return forms.shown(page, faults, status)


@cache
def _zones() -> list[str]:
    """The zones of the world by region; the short old names are left out."""
    return ["UTC", *sorted(name for name in available_timezones() if _is_place(name))]


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
