"""Gmail as an add-on meets it: a page with compose windows and a side panel, and its server part.

The page speaks nothing but the add-on's own JSON, through here: this is Gmail's server, which puts
its tokens to an event and calls the address the deployment or a card names, and no other. Mail
leaves by SMTP. Neither page nor server knows the product's API.
"""

from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, current_app, render_template
from pydantic import Field, ValidationError

from backend.errors import Forbidden, NotFound, Unavailable
from backend.tracking.policy import policy_of
from backend.web import payloads, problems, screens
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import READ, WRITE, allow
from backend.web.problems import answer
from playground import asked, samples
from playground.client import AWAY, exchange
from playground.gmail_api import COMPOSE, MARK, METADATA
from playground.google import Google
from playground.inboxes import Inboxes, canonical

ADD_ON = "/gmail-addon/"
ANSWER_S = 30.0  # so long Gmail waits for an add-on
SCOPES = (
    "https://www.googleapis.com/auth/gmail.addons.execute",
    "https://www.googleapis.com/auth/gmail.addons.current.action.compose",
    METADATA,
    "https://www.googleapis.com/auth/userinfo.email",
)
MORE_SCOPES = (COMPOSE,)  # what a user may grant when the add-on asks

pages = Blueprint("playground_gmail", __name__, url_prefix="/playground")
screens.prepare(pages)
calls = Blueprint("playground_gmail_calls", __name__, url_prefix="/playground")
calls.register_error_handler(ValidationError, problems.of_validation)


class EventIn(payloads.Shape):
    """What the page knows of an event; the server adds who it is for."""

    url: Annotated[payloads.Line, Field(max_length=500)]
    common: dict[str, Any] = Field(default_factory=dict)
    gmail: dict[str, Any] = Field(default_factory=dict)
    granted: Annotated[list[payloads.Line], Field(max_length=20)] = Field(default_factory=list)


@pages.get("/gmail")
@allow(READ)
def show() -> Response:
    """The window."""
    chosen, user = the_settings(), me()
    people = samples.people(user)
    page = render_template(
        "playground/gmail.html",
        user=user,
        to=samples.recipients(people).partition(",")[0],
        base=chosen.public_url,
        is_set_up=bool(chosen.gmail_addon_client_id),
        has_relay=chosen.gmail_relay,
    )
    host = current_app.config["HOST"].under(policy_of(user.org_id))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        f" img-src 'self' data: {_origin(host.tracking_url)}; frame-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Response(page, headers={"Content-Security-Policy": policy})


@calls.post("/gmail/event")
@allow(WRITE)
def relay_event() -> Response:
    """Call the add-on as Gmail's server does; its answer. Raises Forbidden for other addresses."""
    given = asked.body(EventIn)
    chosen, user = the_settings(), me()
    if not given.url.startswith(f"{chosen.public_url}{ADD_ON}"):
        raise Forbidden("problems.gmail_only")
    google = _google()
    scopes = [*SCOPES, *(scope for scope in MORE_SCOPES if scope in given.granted)]
    event = {
        "commonEventObject": {"hostApp": "GMAIL", "platform": "WEB", **given.common},
        "authorizationEventObject": {
            "userOAuthToken": google.oauth_token(user.email, scopes),
            "userIdToken": google.user_token(user.email),
            "systemIdToken": google.system_token(given.url),
            "authorizedScopes": scopes,
        },
        "gmail": {**given.gmail, **_opened(google, user.email, given.gmail.get("messageId"))},
    }
    return answer(_call(given.url, event, google.system_token(given.url)))


def _opened(google: Google, email: str, message_id: object) -> dict[str, str]:
    """The token of the mail that is open, which only its owner gets."""
    if not isinstance(message_id, str):
        return {}
    mail_id = message_id.removeprefix(MARK)
    if canonical(Inboxes.of(the_settings()).address_of(mail_id)) != canonical(email):
        raise NotFound("problems.play_no_mail")
    return {"accessToken": google.message_token(email, mail_id)}


def _call(url: str, event: dict[str, Any], token: str) -> Any:
    try:
        status, body = exchange("POST", url, token, event, ANSWER_S)
    except AWAY:
        raise Unavailable("problems.addon_away") from None
    return {"status": status, "answer": orjson.loads(body)}


def _google() -> Google:
    chosen = the_settings()
    if not chosen.gmail_addon_client_id:
        raise NotFound("problems.no_addon_demo")
    return Google.kept(chosen.data_dir / "playground")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
