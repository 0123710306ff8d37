"""The door of the add-on: size, JSON, Gmail's own server, the Google account, our user; then cards.

Whoever fails a check learns which, as a problem, and gets no card; nothing was written by then.
What goes wrong behind the door becomes a card that says so: Gmail shows nothing else to a person.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

import orjson
from flask import Request, Response, current_app, request

from backend import db
from backend.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable, UnsupportedMedia
from backend.models import google
from backend.models.identities import panel_user_id
from backend.models.org import User
from backend.providers.google_tokens import bearer_of
from backend.web.bodies import Unreadable
from backend.words.choosing import chosen
from gmail_addon.answers import (
    Answer,
    Markup,
    Navigation,
    NeedsLink,
    NeedsScopes,
    Prompt,
    Scopes,
    pushed,
    shown_next,
    told,
)
from gmail_addon.asking import ROOT, Addon, Ask
from gmail_addon.cards import notices
from gmail_addon.event import Event, read
from gmail_addon.identity import GoogleAccount
from gmail_addon.serial import to_json
from gmail_addon.signing import Expired

MAX_BYTES = 256 * 1024
EMAIL = "https://www.googleapis.com/auth/userinfo.email"

log = logging.getLogger(__name__)

Handler = Callable[[Ask], Answer]


def answer(handler: Handler) -> Response:
    """The response to the present request. Raises our errors for whoever may not come in."""
    addon: Addon = current_app.extensions["gmail_addon"]
    if not addon.is_set_up:
        raise NotFound("The Gmail add-on is not set up here; see docs/gmail.md.")
    bearer = bearer_of(request.headers.get("Authorization", ""))
    addon.verifier.check_system(bearer, addon.address(request.path))
    event = read(_body(request))
    if not event.user_id_token:
        return _json(NeedsScopes(Scopes((EMAIL,))))
    account = addon.verifier.account(event.user_id_token)
    return _json(_answered(addon, account, event, handler))


def _answered(addon: Addon, account: GoogleAccount, event: Event, handler: Handler) -> Answer:
    is_action = request.path.endswith("/action")
    language = chosen("", event.locale.replace("_", "-"))
    try:
        user_id = panel_user_id(account.issuer, account.subject)
        if user_id is None:
            return _offer(addon, account, event)
        ask = Ask(addon, account, User.get_by_id(user_id), event)
        return _handled(ask, handler, is_action=is_action)
    except db.AWAY as error:
        log.error("database unavailable", extra={"kind": type(error).__name__})
        card = notices.away(language)
        return shown_next(card) if is_action else pushed(card)


def _handled(ask: Ask, handler: Handler, *, is_action: bool) -> Answer:
    """A trigger has to be answered by a card; a press can be by a line."""
    try:
        return handler(ask)
    except Expired:
        said = ask.t("card_too_old")
    except NotFound:
        said = ask.t("gone")
    except (Conflict, Invalid, Unavailable) as error:
        said = error.told(ask.language)
    return told(said) if is_action else pushed(notices.said(ask, notices.NAME, said))


def _offer(addon: Addon, account: GoogleAccount, event: Event) -> NeedsLink:
    code = google.issue_link(google.Offer(account.issuer, account.subject, account.email))
    language = chosen("", event.locale.replace("_", "-"))
    card = notices.link_account(language, account.email, addon.address(f"{ROOT}/link/{code}"))
    return NeedsLink(Prompt(Markup((Navigation(push_card=card),))))


def _body(asked: Request) -> object:
    if (asked.content_length or 0) > MAX_BYTES:
        raise TooLarge("An event of Gmail's is never this long.")
    if asked.mimetype != "application/json":
        raise UnsupportedMedia("Send the body as application/json.")
    body = asked.get_data()
    if len(body) > MAX_BYTES:
        raise TooLarge("An event of Gmail's is never this long.")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("The body is not valid JSON (UTF-8, RFC 8259).") from None
    if not isinstance(found, dict):
        raise Invalid("Send one JSON object as the body.")
    return found


def _json(value: Answer) -> Response:
    body = orjson.dumps(to_json(value))
    return Response(body, status=HTTPStatus.OK, content_type="application/json")
