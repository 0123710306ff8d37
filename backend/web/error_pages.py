"""Errors as pages, for who came by a browser; who came by a program gets a problem."""

from flask import Response, g, render_template, request

from backend.errors import TelltaleError


def is_wanted() -> bool:
    """Whether the present request is a browser's for a page."""
    is_page = request.method == "GET" and not request.path.startswith("/api/")
    # Chromium names kinds with parameters too, which `best` puts before a page for being narrower.
    kinds = request.accept_mimetypes
    return is_page and kinds.best_match(("application/json", "text/html")) == "text/html"


def page(error: TelltaleError) -> Response:
    """The error in the frame of a page."""
    return Response(render_template("error.html", error=error), status=error.status)


def bare_page(error: TelltaleError) -> Response:
    """The same for nobody in particular, so that it needs nothing that may be away."""
    g.caller = g.reader = None
    return page(error)
