"""What the page of the playground's Gmail does without the add-on: keep drafts, send, get mail."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field, ValidationError

from backend.errors import NotFound
from backend.web import payloads, problems
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import WRITE, allow
from backend.web.problems import answer
from playground import asked, gmail_mail, letters, samples
from playground.gmail_drafts import Drafts
from playground.hastening import hasten
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
    mail, user = asked.body(MailIn), me()
    drafts, written = Drafts.of(the_settings(), user.email), mail.written()
    message_id = _message_id(drafts, mail.draft)
    made = gmail_mail.written(written, user, written.named_so_far(), message_id)
    raw = made.as_bytes(policy=made.policy.clone(linesep="\r\n"))
    if message_id:
        drafts.replace(mail.draft, raw)
        return answer({"id": mail.draft})
    return answer({"id": drafts.add(raw)}, HTTPStatus.CREATED)


@calls.post("/discard")
@allow(WRITE)
def discard() -> Response:
    """Throw a draft away."""
    Drafts.of(the_settings(), me().email).remove(asked.body(MailIn).draft)
    return answer({})


@calls.post("/send")
@allow(WRITE)
def send() -> Response:
    """Send what a compose window holds, by SMTP; its draft is gone then."""
    mail, user = asked.body(MailIn), me()
    message_id = gmail_mail.send(mail.written(), user, the_settings())
    hasten(user, "mail")
    if mail.draft:
        Drafts.of(the_settings(), user.email).remove(mail.draft)
    return answer({"message_id": message_id}, HTTPStatus.CREATED)


@calls.post("/arrive")
@allow(WRITE)
def arrive() -> Response:
    """Let somebody write to the user, by SMTP: one she knows, or a stranger."""
    mail, user = asked.body(ArriveIn), me()
    known = samples.people(user) if mail.is_known else []
    who = known[0] if known else STRANGER
    gmail_mail.arrive(who, user.email, mail.subject, mail.html, the_settings())
    hasten(user, "mail")
    return answer({}, HTTPStatus.CREATED)


def _message_id(drafts: Drafts, draft_id: str) -> str:
    """The id that a kept draft has already, "" where there is none."""
    try:
        return letters.parse(drafts.open(draft_id)).header("Message-ID")
    except NotFound:
        return ""
