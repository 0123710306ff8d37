"""The part of Gmail's API that sync uses, for the playground's mailboxes.

Sending is here for the test of the whole way. Source: discovery document gmail.v1.
"""

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field

from backend.web.doors import the_settings
from backend.web.permissions import ANYONE, allow
from backend.web.problems import answer
from playground import asked, gmail_box, google_trouble
from playground.gmail_box import READONLY
from playground.google import API
from playground.google_answers import refuse_as_google
from playground.google_grants import account
from playground.inboxes import MAX_MAIL_BYTES, Inboxes

SEND = "https://www.googleapis.com/auth/gmail.send"
MAX_BYTES = MAX_MAIL_BYTES * 3 // 2
PAGE, MOST = 100, 500  # Gmail's own, where nobody says how many, and at the most

api = Blueprint("playground_gmail_sync", __name__, url_prefix=f"{API}/gmail/v1/users/me")
refuse_as_google(api)
google_trouble.befall(api)


class _Send(BaseModel):
    raw: str = Field(max_length=MAX_BYTES)


@api.get("/profile")
@allow(ANYONE)
def show_profile() -> Response:
    """Whose mailbox it is, and where its history stands."""
    return answer(gmail_box.profile(_inboxes(), account(READONLY)))


@api.get("/messages")
@allow(ANYONE)
def list_messages() -> Response:
    """Ids of mails, newest first."""
    most = min(max(request.args.get("maxResults", PAGE, type=int), 1), MOST)
    page = request.args.get("pageToken", 0, type=int)
    query = request.args.get("q", "")
    return answer(gmail_box.listing(_inboxes(), account(READONLY), query, page, most))


@api.get("/history")
@allow(ANYONE)
def list_history() -> Response:
    """What came since a place. Raises NotFound for one that is forgotten."""
    start = request.args.get("startHistoryId", "")
    return answer(gmail_box.history(_inboxes(), account(READONLY), start))


@api.post("/messages/send")
@allow(ANYONE, body_bytes=MAX_BYTES)
def send() -> Response:
    """Send a mail; its copy in Sent."""
    raw = asked.raw(asked.body(_Send).raw)
    return answer(gmail_box.send(raw, account(SEND), the_settings()))


def _inboxes() -> Inboxes:
    return Inboxes.of(the_settings())
