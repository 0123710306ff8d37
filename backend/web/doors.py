"""What pages around a session share: the installation, the browser's address, cookie, way back."""

import re
from http import HTTPStatus
from typing import cast

from flask import current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from backend.access.safe import Safe
from backend.access.signing_in import Entered
from backend.access.tries import Door
from backend.models.access import CODE_LIFE, SESSION_LIFE, caller_of_session, name_session
from backend.settings import Settings
from backend.tracking.signatures import label, read_agent
from backend.web import error_pages, own_clicks
from backend.web.forms import lead_to
from backend.web.permissions import session_cookie

START = "/console"
MAX_AGENT = 500  # characters of what a browser says it is
# Azure Application Gateway names the port as well.
# Source: https://azure.microsoft.com/updates/appgw-rewrite-headers/ (2019-04-15)
_PORT = re.compile(r"^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$")
_LOCAL = re.compile(r"/console(/[A-Za-z0-9_-]+)*/?")
# The same with what it asks, and the pages that panels lead to.
_WAY = re.compile(
    rf"(?:{_LOCAL.pattern}|/pair|/gmail-addon/link/[A-Za-z0-9_-]+)(?:\?[A-Za-z0-9_=&%.+-]{{1,300}})?"
)
WAY_LIFE_S = 900  # from the page that was asked for over the sign-in to it


def the_settings() -> Settings:
    """The installation's settings."""
    return cast("Settings", current_app.config["SETTINGS"])


def the_safe() -> Safe:
    """The installation's safe."""
    return cast("Safe", current_app.extensions["safe"])


def door(account: str) -> Door:
    """The door that this browser tries for that account."""
    return Door(the_settings().secret, account.strip().lower(), client_address())


def client_address() -> str:
    """The client's address, by as many reverse proxies as we believe."""
    hops = the_settings().trusted_hops
    peer = request.remote_addr or ""
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    seen = [part for part in chain if part]
    return _PORT.sub(r"\1\2", seen[-min(hops, len(seen))]) if hops and seen else peer


def local_path(wanted: str) -> str:
    """The path of a page of ours that somebody is to come back to; the start for anything else."""
    return wanted if _LOCAL.fullmatch(wanted) else START


def let_in(entered: Entered) -> AnyResponse:
    """Hand the session to the browser and lead on: to the code's page, or to where it was going."""
    if entered.awaits_code:
        life_s = int(CODE_LIFE.total_seconds())
        return with_cookie(lead_to("/signin/code"), entered.text, life_s)
    return led_in(entered.text, START)


def led_in(text: str, start: str, status: int = HTTPStatus.SEE_OTHER) -> AnyResponse:
    """Hand a whole session to the browser and lead on to the page that it asked for, or `start`."""
    name = _way_cookie()
    wanted = request.cookies.get(name, "")
    response = redirect(wanted if _WAY.fullmatch(wanted) else start, status)
    if wanted:
        response.delete_cookie(name, secure=name.startswith("__Host-"))
    return with_cookie(response, text, int(SESSION_LIFE.total_seconds()))


def lead_to_signin() -> AnyResponse:
    """Lead to signing in; the browser keeps which page it asked for, and comes back to it."""
    response = lead_to("/signin")
    query = request.query_string.decode("ascii", "replace")
    wanted = f"{request.path}?{query}" if query else request.path
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if is_page and error_pages.is_wanted() and wanted != START and _WAY.fullmatch(wanted):
        name = _way_cookie()
        response.set_cookie(
            name,
            wanted,
            max_age=WAY_LIFE_S,
            httponly=True,
            samesite="Lax",
            secure=name.startswith("__Host-"),
        )
    return response


def _way_cookie() -> str:
    return session_cookie().replace("session", "way")


def with_cookie(response: AnyResponse, text: str, life_s: int) -> AnyResponse:
    """The response with the session's cookie; the session is named after the browser."""
    name_session(text, label(read_agent(request.user_agent.string[:MAX_AGENT])))
    name = session_cookie()
    response.set_cookie(
        name,
        text,
        max_age=life_s,
        httponly=True,
        samesite="Lax",
        secure=name.startswith("__Host-"),
    )
    own_clicks.mark(response, the_settings(), caller_of_session(text))
    return response
