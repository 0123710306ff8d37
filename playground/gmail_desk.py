"""What the page of the playground's Gmail does without the add-on: keep drafts, send, get mail."""

from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint, Response, current_app, request
from pydantic import Field, ValidationError

from backend.errors import NotFound
from backend.models.org import User
from backend.settings import Settings
from backend.web import payloads, problems
from backend.web.permissions import WRITE, allow, caller
from playground import gmail_mail, letters, samples
from playground.gmail_drafts import Drafts
from playground.outgoing import MAX_BODY, MAX_SUBJECT
from playground.samples import Someone

STRANGER = Someone("Zoe Winter", "zoe.winter@fjord.example", may_be_measured=True)

calls = Blueprint("playground_gmail_desk", __name__, url_prefix="/playground/gmail")
calls.register_error_handler(ValidationError, problems.of_validation)


class MailIn(payloads.Shape):
    """What a compose window holds; `draft` is the id of the draft kept of it, if there is one."""

    to: Annotated[str, Field(max_length=20_000)] = ""
    subject: Annotated[str, Field(max_length=MAX_SUBJECT)] = ""
    html: Annotated[str, Field(max_length=MAX_BODY)] = ""
    draft: Annotated[str, Field(max_length=100)] = ""

    def written(self) -> gmail_mail.GmailDraft:
        """The same as a value."""
        return gmail_mail.GmailDraft(self.to, self.subject, self.html)


class ArriveIn(payloads.Shape):
    """A mail that somebody writes to the user."""

    is_known: payloads.Flag = True
    subject: Annotated[str, Field(max_length=MAX_SUBJECT)]
    html: Annotated[str, Field(max_length=MAX_BODY)]


@calls.post("/drafts")
@allow(WRITE)
def keep() -> Response:
    """Keep what is written. A draft that was sent or thrown away meanwhile becomes a new one."""
    asked, user = _asked(MailIn), _user()
    drafts, written = Drafts.of(_settings(), user.email), asked.written()
    message_id = _message_id(drafts, asked.draft)
    mail = gmail_mail.written(written, user, written.named_so_far(), message_id)
    raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    if message_id:
        drafts.replace(asked.draft, raw)
        return _json({"id": asked.draft})
    return _json({"id": drafts.add(raw)}, HTTPStatus.CREATED)


@calls.post("/discard")
@allow(WRITE)
def discard() -> Response:
    """Throw a draft away."""
    Drafts.of(_settings(), _user().email).remove(_asked(MailIn).draft)
    return _json({})


@calls.post("/send")
@allow(WRITE)
def send() -> Response:
    """Send what a compose window holds, by SMTP; its draft is gone then."""
    asked, user = _asked(MailIn), _user()
    message_id = gmail_mail.send(asked.written(), user, _settings())
    if asked.draft:
        Drafts.of(_settings(), user.email).remove(asked.draft)
    return _json({"message_id": message_id}, HTTPStatus.CREATED)


@calls.post("/arrive")
@allow(WRITE)
def arrive() -> Response:
    """Let somebody write to the user, by SMTP: one she knows, or a stranger."""
    asked, user = _asked(ArriveIn), _user()
    known = samples.people(user) if asked.is_known else []
    who = known[0] if known else STRANGER
    gmail_mail.arrive(who, user.email, asked.subject, asked.html, _settings())
    return _json({}, HTTPStatus.CREATED)


def _message_id(drafts: Drafts, draft_id: str) -> str:
    """The id that a kept draft has already, "" where there is none."""
    try:
        return letters.parse(drafts.open(draft_id)).header("Message-ID")
    except NotFound:
        return ""


def _asked(shape: type[Any]) -> Any:
    return shape.model_validate_json(request.get_data())


def _user() -> User:
    found: User = User.get_by_id(caller().user_id)
    return found


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _json(value: Any, status: int = HTTPStatus.OK) -> Response:
    return Response(problems.dumps(value), status=status, content_type="application/json")
