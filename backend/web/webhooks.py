"""Where providers tell that something changed: hints that bring a look forward, and nothing more.

Whatever comes is answered at once and alike; who has no secret of ours causes no work.
"""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from backend import db
from backend.capture import gmail_notices, pushes
from backend.errors import Forbidden, Invalid, NotFound
from backend.models.gmail_notices import GmailNotices, Mode, of_mode
from backend.providers.google_tokens import IdTokens, bearer_of
from backend.providers.graph_push import notices
from backend.providers.pubsub import pushed
from backend.web import bodies, doors
from backend.web.permissions import ANYONE, allow

pages = Blueprint("webhooks", __name__)

MAX_TOKEN = 4_000
MAX_PUSH = 64 * 1024  # a message of Gmail's has about 300 bytes


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


@pages.post(gmail_notices.PLACE)
@allow(ANYONE)
def gmail() -> Response:
    """A message of Gmail's, pushed by Pub/Sub. Raises NotFound, NotSignedIn, Forbidden.

    Whatever the right account sends is taken as delivered: else it would come again for a week.
    """
    theirs = _of_caller(of_mode(Mode.PUSH))
    request.max_content_length = MAX_PUSH
    name, message = pushed(_bounded())
    with db.transaction():
        for each in theirs:
            gmail_notices.take(each, [message if name == each.subscription else None])
    return Response(status=HTTPStatus.NO_CONTENT)


def _of_caller(pushing: list[GmailNotices]) -> list[GmailNotices]:
    """Those whose messages the account that calls signs; nothing else was looked at so far."""
    if not pushing:
        raise NotFound("problems.no_notices_here")
    tokens: IdTokens = current_app.extensions["google_tokens"]
    address = f"{doors.the_settings().public_url}{gmail_notices.PLACE}"
    account = tokens.account(bearer_of(request.headers.get("Authorization", "")), address)
    found = [each for each in pushing if each.account == account]
    if not found:
        raise Forbidden("problems.no_notices_here")
    return found


def _bounded() -> bytes:
    """The body, or nothing for one that is too long to be a message."""
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        bodies.drop_rest()
        return b""


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("problems.no_notices")
    return found
