"""The part of Gmail's API that the add-on uses, for the playground's mailboxes.

It believes the tokens that the playground's Google has put to an event, and nobody else: a mail
opens only to the token made for it, drafts only where the user has granted their scope.
Source: discovery document gmail.v1 (rev 20261005) inside google-api-python-client 2.202.0.
"""

from base64 import urlsafe_b64encode

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field

from backend.errors import Forbidden, NotFound
from backend.web.doors import the_settings
from backend.web.permissions import ANYONE, allow
from backend.web.problems import answer
from playground import asked, gmail_box, letters
from playground.gmail_drafts import Drafts
from playground.google import API, Google
from playground.google_answers import refuse_as_google
from playground.google_grants import account
from playground.inboxes import MAX_MAIL_BYTES, Inboxes, canonical

METADATA = "https://www.googleapis.com/auth/gmail.addons.current.message.metadata"
COMPOSE = "https://www.googleapis.com/auth/gmail.compose"
OF_THIS_MAIL = "X-Goog-Gmail-Access-Token"
MARK = "msg-f:"  # how Gmail's events write the id of a mail
MAX_BYTES = MAX_MAIL_BYTES * 3 // 2

api = Blueprint("playground_gmail_api", __name__, url_prefix=f"{API}/gmail/v1/users/me")
refuse_as_google(api)


class _Message(BaseModel):
    raw: str = Field(max_length=MAX_BYTES)


class _Update(BaseModel):
    message: _Message


class _Send(BaseModel):
    id: str = Field(max_length=100)


@api.get("/messages/<message_id>")
@allow(ANYONE)
def show_message(message_id: str) -> Response:
    """The headers that were asked for, or the whole mail for sync. Raises NotFound, Forbidden."""
    if request.args.get("format") == "raw":
        return answer(gmail_box.whole(_inboxes(), account(gmail_box.READONLY), message_id))
    email = account(METADATA)
    found = message_id.removeprefix(MARK)
    if canonical(_inboxes().address_of(found)) != canonical(email):
        raise NotFound("There is no such mail.")
    claims = _google().gmail_claims(request.headers.get(OF_THIS_MAIL, ""))
    if claims.get("message") != found or claims.get("email") != email:
        raise Forbidden("This token is for another mail.")
    letter = letters.parse(_inboxes().open(found))
    wanted = request.args.getlist("metadataHeaders")
    headers = [
        {"name": name, "value": letter.header(name)} for name in wanted if letter.header(name)
    ]
    return answer({"id": found, "threadId": found, "payload": {"headers": headers}})


@api.get("/drafts")
@allow(ANYONE)
def list_drafts() -> Response:
    """The newest drafts."""
    found = _drafts().ids()[: request.args.get("maxResults", 100, type=int)]
    return answer({"drafts": [{"id": each} for each in found], "resultSizeEstimate": len(found)})


@api.get("/drafts/<draft_id>")
@allow(ANYONE)
def show_draft(draft_id: str) -> Response:
    """A draft as it would leave. Raises NotFound."""
    raw = urlsafe_b64encode(_drafts().open(draft_id)).decode()
    return answer({"id": draft_id, "message": {"id": draft_id, "threadId": draft_id, "raw": raw}})


@api.put("/drafts/<draft_id>")
@allow(ANYONE, body_bytes=MAX_BYTES)
def update_draft(draft_id: str) -> Response:
    """Put other bytes in a draft's place. Raises NotFound, Invalid, TooLarge."""
    _drafts().replace(draft_id, asked.raw(asked.body(_Update).message.raw))
    return answer({"id": draft_id})


@api.post("/drafts/send")
@allow(ANYONE)
def send_draft() -> Response:
    """Send a draft as it stands; the id of the copy in Sent. Raises NotFound, Invalid."""
    draft_id = asked.body(_Send).id
    told = gmail_box.send(_drafts().open(draft_id), account(COMPOSE), the_settings())
    _drafts().remove(draft_id)
    return answer(told)


def _drafts() -> Drafts:
    return Drafts.of(the_settings(), account(COMPOSE))


def _inboxes() -> Inboxes:
    return Inboxes.of(the_settings())


def _google() -> Google:
    return Google.kept(the_settings().data_dir / "playground")
