"""Gmail as an add-on meets it: a page with compose windows and a side panel, and its server part.

The page speaks nothing but the add-on's own JSON, through here: this is Gmail's server, which puts
its tokens to an event and calls the address the deployment or a card names, and no other. Mail
leaves by SMTP. Neither page nor server knows anything else of the product.
"""

from functools import lru_cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, current_app, render_template, request
from pydantic import Field, ValidationError

from backend.errors import Forbidden, NotFound, Unavailable
from backend.models.org import User
from backend.settings import Settings
from backend.web import payloads, problems, screens
from backend.web.permissions import ANYONE, READ, WRITE, allow, caller
from playground import gmail_mail, samples
from playground.google import Google
from playground.outgoing import MAX_BODY, MAX_SUBJECT

ADD_ON = "/gmail-addon/"
ANSWER_S = 30.0  # so long Gmail waits for an add-on
MAX_ANSWER_BYTES = 4 * 1024 * 1024
SCOPES = (
    "https://www.googleapis.com/auth/gmail.addons.execute",
    "https://www.googleapis.com/auth/gmail.addons.current.action.compose",
    "https://www.googleapis.com/auth/gmail.addons.current.message.metadata",
    "https://www.googleapis.com/auth/userinfo.email",
)

pages = Blueprint("playground_gmail", __name__, url_prefix="/playground")
screens.prepare(pages)
calls = Blueprint("playground_gmail_calls", __name__, url_prefix="/playground")
calls.register_error_handler(ValidationError, problems.of_validation)


class EventIn(payloads.Shape):
    """What the page knows of an event; the server adds who it is for."""

    url: Annotated[payloads.Line, Field(max_length=500)]
    common: dict[str, Any] = Field(default_factory=dict)
    gmail: dict[str, Any] = Field(default_factory=dict)


class MailIn(payloads.Shape):
    """What a compose window holds."""

    to: Annotated[str, Field(max_length=20_000)]
    subject: Annotated[str, Field(max_length=MAX_SUBJECT)] = ""
    html: Annotated[str, Field(max_length=MAX_BODY)] = ""


@pages.get("/gmail")
@allow(READ)
def show() -> Response:
    """The window."""
    chosen, user = _settings(), User.get_by_id(caller().user_id)
    people = samples.people(user)
    page = render_template(
        "playground/gmail.html",
        user=user,
        to=samples.recipients(people).partition(",")[0],
        base=chosen.public_url,
        is_set_up=bool(chosen.gmail_addon_client_id),
        has_relay=chosen.gmail_relay,
    )
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        f" img-src 'self' data: {_origin(chosen.tracking_url)}; frame-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Response(page, headers={"Content-Security-Policy": policy})


@calls.get("/google/certs")
@allow(ANYONE)
def show_certs() -> Response:
    """The public keys of the playground's Google."""
    response = _json(_google().certs())
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@calls.post("/gmail/event")
@allow(WRITE)
def relay_event() -> Response:
    """Call the add-on as Gmail's server does; its answer. Raises Forbidden for other addresses."""
    asked = EventIn.model_validate_json(request.get_data())
    chosen, user = _settings(), User.get_by_id(caller().user_id)
    if not asked.url.startswith(f"{chosen.public_url}{ADD_ON}"):
        raise Forbidden("problems.gmail_only")
    google = _google()
    event = {
        "commonEventObject": {"hostApp": "GMAIL", "platform": "WEB", **asked.common},
        "authorizationEventObject": {
            "userOAuthToken": "ya29.playground",
            "userIdToken": google.user_token(user.email),
            "systemIdToken": google.system_token(asked.url),
            "authorizedScopes": list(SCOPES),
        },
        "gmail": asked.gmail,
    }
    return _json(_call(asked.url, event, google.system_token(asked.url)))


@calls.post("/gmail/send")
@allow(WRITE)
def send() -> Response:
    """Send what a compose window holds, by SMTP."""
    mail = MailIn.model_validate_json(request.get_data())
    user = User.get_by_id(caller().user_id)
    draft = gmail_mail.GmailDraft(mail.to, mail.subject, mail.html)
    return _json({"message_id": gmail_mail.send(draft, user, _settings())}, HTTPStatus.CREATED)


def _call(url: str, event: dict[str, Any], token: str) -> Any:
    address = urlsplit(url)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=ANSWER_S)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", address.path, orjson.dumps(event), headers)
        with connection.getresponse() as response:
            status, body = response.status, response.read(MAX_ANSWER_BYTES)
    except (OSError, HTTPException):
        raise Unavailable("problems.addon_away") from None
    finally:
        connection.close()
    return {"status": status, "answer": orjson.loads(body)}


def _google() -> Google:
    chosen = _settings()
    if not chosen.gmail_addon_client_id:
        raise NotFound("problems.no_addon_demo")
    return _google_of(chosen.data_dir / "playground")


@lru_cache(maxsize=4)
def _google_of(folder: Path) -> Google:
    return Google.of(folder)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _json(value: Any, status: int = HTTPStatus.OK) -> Response:
    return Response(problems.dumps(value), status=status, content_type="application/json")
