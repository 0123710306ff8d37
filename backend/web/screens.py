"""What every page for people shares: who looks, in which zone, and errors as pages."""

from datetime import tzinfo
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend import clock
from backend.errors import Invalid, NotSignedIn, TelltaleError
from backend.insights import words
from backend.models.access import Caller
from backend.models.org import User
from backend.tracking.verdicts import REASONS
from backend.web import permissions, times

ZONE_COOKIE = "telltale_zone"  # set by console/static/console.js: the browser's own zone


def prepare(pages: Blueprint) -> None:
    """Give a blueprint's pages their errors as pages, and a way to sign in."""
    pages.register_error_handler(NotSignedIn, _to_signin)
    pages.register_error_handler(TelltaleError, _as_page)
    pages.register_error_handler(ValidationError, _of_address)


def frame() -> dict[str, Any]:
    """What the layout shows around every page, also a public one."""
    who = signed_in()
    return {
        "signed_in": who,
        "csrf": permissions.csrf_token(who.session_id) if who and who.session_id else "",
        "has_playground": "playground" in current_app.blueprints,
    }


def tell() -> dict[str, Any]:
    """The words and times that templates speak with, as of now and in the reader's zone."""
    now, zone = clock.now(), _zone()
    return {
        "word": words.word,
        "label_of": words.label_of,
        "who_of": words.who_of,
        "confidence_of": words.confidence_of,
        "state_of_mail": words.state_of_mail,
        "state_of_recipient": words.state_of_recipient,
        "sentence": sentence,
        "near": lambda text: times.near(times.parse(text), now, zone),
        "dated": lambda text: times.dated(times.parse(text), now, zone),
        "exact": lambda text: times.exact(times.parse(text), zone),
        "by_day": lambda items: times.by_day(items, now, zone),
    }


def sentence(reason: str) -> str:
    """The sentence that explains a reason's code."""
    return REASONS.get(reason) or words.word("reasons", reason)


def signed_in() -> Caller | None:
    """Who makes the present request, or None."""
    found: Caller | None = g.get("caller")
    return found


def _zone() -> tzinfo:
    who = signed_in()
    user = User.get_or_none(User.id == who.user_id) if who else None
    return times.zone_of(request.cookies.get(ZONE_COOKIE, ""), user.time_zone if user else "UTC")


def _to_signin(error: NotSignedIn) -> AnyResponse:
    if request.method in permissions.SAFE_METHODS:
        return redirect("/signin", HTTPStatus.SEE_OTHER)
    return _as_page(error)


def _of_address(_error: ValidationError) -> Response:
    return _as_page(Invalid("This address asks for something that does not exist."))


def _as_page(error: TelltaleError) -> Response:
    return Response(render_template("error.html", error=error), status=error.status)
