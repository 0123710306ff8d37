"""Signing in by a link, and out."""

from http import HTTPStatus

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend.models.access import SESSION_LIFE, end_session, open_session
from backend.web.permissions import ANY_TOKEN, PUBLIC, allow, caller, session_cookie

pages = Blueprint("signin", __name__)


@pages.get("/signin")
@allow(PUBLIC)
def how() -> str:
    """How one gets in."""
    return render_template("signin.html", is_stale=False)


@pages.get("/signin/<code>")
@allow(PUBLIC)
def by_link(code: str) -> AnyResponse:
    """Use a sign-in link up and go to the first page; a stale one says how to get another."""
    if request.method == "HEAD":  # a mail program that looks whether the link is alive
        return Response(status=HTTPStatus.NO_CONTENT)
    text = open_session(code)
    if text is None:
        page = render_template("signin.html", is_stale=True)
        return Response(page, status=HTTPStatus.GONE)
    has_playground = "playground" in current_app.blueprints
    response = redirect("/playground" if has_playground else "/console/feed")
    name = session_cookie()
    response.set_cookie(
        name,
        text,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=name.startswith("__Host-"),
    )
    return response


@pages.post("/signout")
@allow(ANY_TOKEN)
def out() -> AnyResponse:
    """End this browser's session on the server."""
    session_id = caller().session_id
    if session_id:
        end_session(session_id)
    response = redirect("/signin")
    response.delete_cookie(session_cookie())
    return response
