"""The API's own description: the OpenAPI document and a page that shows it without scripts."""

from typing import Any, cast

from flask import Response, current_app, render_template
from flask_openapi import APIBlueprint, OpenAPI

from backend.web.permissions import PUBLIC, allow
from backend.web.problems import answer

# Ways in, as OpenAPI names them; the document's routes take either.
SECURITY_SCHEMES: dict[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token: `python -m backend issue-token EMAIL --scope api|stamp|read`",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "telltale_session",
        "description": "A signed-in browser; what changes something also needs X-CSRF-Token",
    },
}
SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]

api = APIBlueprint("docs", __name__, doc_ui=False)


@api.get("/api/openapi.json")
@allow(PUBLIC)
def document() -> Response:
    """The OpenAPI document."""
    return answer(_document())


@api.get("/api/docs")
@allow(PUBLIC)
def page() -> str:
    """Every address, what it takes and what it answers."""
    return render_template("docs.html", document=_document())


def _document() -> dict[str, Any]:
    app = cast("OpenAPI", current_app)
    found: dict[str, Any] = app.api_doc
    return found
