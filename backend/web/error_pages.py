"""Errors as pages, for who came by a browser; who came by a program gets a problem."""

from flask import Response, current_app, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import TelltaleError


def is_wanted() -> bool:
    """Whether the present request is a browser's for a page."""
    is_page = request.method == "GET" and not request.path.startswith("/api/")
    # Chromium names kinds with parameters too, which `best` puts before a page for being narrower.
    kinds = request.accept_mimetypes
    return is_page and kinds.best_match(("application/json", "text/html")) == "text/html"


def meant() -> AnyResponse | None:
    """The way to the page that was asked for with a slash too many, if it is one of ours."""
    path = request.path.rstrip("/")
    if not path or path == request.path:
        return None
    try:
        current_app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return None
    asked = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    return redirect(f"{path}{asked}")


def page(error: TelltaleError) -> Response:
    """The error in the frame of a page."""
    return Response(render_template("error.html", error=error), status=error.status)


def bare_page(error: TelltaleError) -> Response:
    """The same for nobody in particular, so that it needs nothing that may be away."""
    g.caller = g.reader = None
    return page(error)
