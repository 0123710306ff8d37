"""What the stage's scripts call: JSON in, JSON out, problems as everywhere."""

import hashlib
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, current_app, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend import dial
from backend.web import payloads, problems, reader
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import READ, WRITE, allow
from backend.web.problems import answer
from playground import asked, letters, moves, stage, writing_back
from playground.inboxes import received_at
from playground.outgoing import MAX_BODY, MAX_SUBJECT, Composed
from playground.readers import Deed
from playground.readers import reader as reader_of
from playground.writing_back import Kind, Wish

MAX_ADDRESSES = 20_000
MAX_SHOWN_TEXT = 50_000

calls = Blueprint("playground_calls", __name__, url_prefix="/playground")

_Addresses = Annotated[str, Field(max_length=MAX_ADDRESSES)]


class ComposedIn(payloads.Shape):
    """What the compose window holds."""

    to: _Addresses = ""
    cc: _Addresses = ""
    subject: Annotated[str, Field(max_length=MAX_SUBJECT)] = ""
    body: Annotated[str, Field(max_length=MAX_BODY)] = ""
    is_html: payloads.Flag = True
    opens: payloads.Flag = True
    links: payloads.Flag = True
    per_recipient: payloads.Flag = True

    def composed(self) -> Composed:
        """The same as a value."""
        return Composed(**self.model_dump())


class PlayIn(payloads.Shape):
    """Which reader comes to which mail, and what it does there."""

    mail: Annotated[str, Field(max_length=100)]
    reader: Annotated[str, Field(max_length=40)]
    deed: Deed = Deed.OPEN


class WriteBackIn(payloads.Shape):
    """What comes back to which mail."""

    mail: Annotated[str, Field(max_length=100)]
    kind: Kind


class ClockIn(payloads.Shape):
    """How many seconds the clock moves on."""

    by_s: Annotated[int, Field(ge=1, le=int(dial.LONGEST.total_seconds()))]


class TroubleIn(payloads.Shape):
    """Whether it has a bad day."""

    on: payloads.Flag


@calls.get("/state")
@allow(READ)
def show_state() -> AnyResponse:
    """The clock, the mailboxes and the readers; 304 while nothing but the time has changed."""
    actor = _actor()
    found = stage.state(actor.settings, actor.user)
    told = problems.dumps({**found, "clock": {**found["clock"], "now": ""}})
    response = answer(found)
    response.set_etag(hashlib.sha256(told).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@calls.get("/mail/<mail_id>")
@allow(READ)
def show_mail(mail_id: str) -> Response:
    """One mail's headers, and its text where it has no HTML. Raises NotFound."""
    actor = _actor()
    letter = letters.parse(actor.inboxes.open(mail_id))
    return answer(
        {
            "id": mail_id,
            "address": actor.inboxes.address_of(mail_id),
            "at": received_at(mail_id).isoformat(),
            "headers": [[name, letter.header(name)] for name in letters.SUMMARY],
            "text": None if letter.html is not None else (letter.text or "")[:MAX_SHOWN_TEXT],
        }
    )


@calls.post("/foresee")
@allow(READ)
def foresee() -> Response:
    """What would be measured of whom if it were sent now."""
    composed = asked.body(ComposedIn).composed()
    return answer(moves.foresee(_actor(), composed, current_app.config["HOST"]))


@calls.post("/send")
@allow(WRITE)
def send() -> Response:
    """Stamp, send and confirm a mail."""
    return answer(moves.send(_actor(), asked.body(ComposedIn).composed()), HTTPStatus.CREATED)


@calls.post("/play")
@allow(WRITE)
def play() -> Response:
    """Let a reader come to a mail."""
    wanted = asked.body(PlayIn)
    return answer(moves.play(_actor(), wanted.mail, reader_of(wanted.reader), wanted.deed))


@calls.post("/write-back")
@allow(WRITE)
def write_back() -> Response:
    """Let whom a mail went to write back to its sender."""
    wanted = asked.body(WriteBackIn)
    wish = Wish(wanted.mail, wanted.kind, reader.language())
    return answer(writing_back.write_back(_actor(), wish), HTTPStatus.CREATED)


@calls.post("/google/trouble")
@allow(WRITE)
def trouble_google() -> Response:
    """Let the playground's Google have a bad day, or let it be over."""
    actor = _actor()
    moves.trouble_google(actor, on=asked.body(TroubleIn).on)
    return answer(stage.google_of(actor.settings))


@calls.post("/clock")
@allow(WRITE)
def move_clock() -> Response:
    """Move the installation's clock on."""
    return answer(moves.move_clock(_actor(), timedelta(seconds=asked.body(ClockIn).by_s)))


def _actor() -> moves.Actor:
    return moves.Actor(me(), the_settings())


calls.register_error_handler(ValidationError, problems.of_validation)
