"""Sending a browser to a provider and knowing it again when it comes back."""

import secrets

from flask import Response, render_template, request

from backend.access import flows
from backend.access.connections import Clients
from backend.access.flows import Purpose, Traveller
from backend.models.mailboxes import Connection
from backend.web import doors
from backend.web.permissions import session_cookie


def clients() -> Clients:
    """What makes clients of connections."""
    return Clients(doors.the_settings(), doors.the_safe())


def send(connection: Connection, purpose: Purpose, user_id: str | None, hint: str = "") -> Response:
    """A page that leads on to the provider. Raises Away, Refused.

    A redirect would not do: after a form, browsers hold it to the `form-action` of our policy.
    """
    browser = known_browser() or secrets.token_urlsafe(32)
    url = flows.begin(clients(), connection, Traveller(purpose, browser, user_id, hint))
    response = Response(render_template("leaving.html", url=url, provider=connection.provider))
    response.set_cookie(
        _cookie(),
        browser,
        max_age=int(flows.LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=_cookie().startswith("__Host-"),
    )
    return response


def known_browser() -> str:
    """The text that this browser was given when it left, or nothing."""
    return request.cookies.get(_cookie(), "")[:200]


def _cookie() -> str:
    return session_cookie().replace("session", "travel")
