"""Where providers tell that something changed: hints that bring a look forward, and nothing more.

Whatever comes is answered at once and alike; who has no secret of ours causes no work.
"""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, request

from backend import db
from backend.capture import pushes
from backend.errors import Invalid
from backend.providers.graph_push import notices
from backend.web.permissions import ANYONE, allow

pages = Blueprint("webhooks", __name__)

MAX_TOKEN = 4_000


@pages.post(pushes.PLACE)
@allow(ANYONE)
def graph() -> Response:
    """Microsoft's handshake, or its change and lifecycle notifications. Raises Invalid."""
    token = request.args.get("validationToken")
    if token is not None:
        # Its text comes back as it is, as Microsoft wants; never as anything that a browser runs.
        if len(token) > MAX_TOKEN or not token.isprintable():
            raise Invalid("problems.no_notices")
        return Response(token, content_type="text/plain; charset=utf-8")
    with db.transaction():
        pushes.take(list(notices(_object(request.get_data()))))
    return Response(status=HTTPStatus.ACCEPTED)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("problems.no_notices")
    return found
