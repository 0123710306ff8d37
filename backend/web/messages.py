"""One mail of the record over HTTP and as a page: who is on it, how matched, and who may see it."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from flask import Blueprint, Response, render_template, request
from flask_openapi import APIBlueprint
from werkzeug.wrappers import Response as AnyResponse

from backend.capture import sharing
from backend.insights import captured
from backend.tracking.policy import Sharing
from backend.web import forms, payloads, screens
from backend.web.callers import can_edit, viewer
from backend.web.forms import lead_to
from backend.web.permissions import FULL, WRITE, allow, caller
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("messages", __name__, url_prefix="/api/v1/messages", abp_responses=PROBLEMS)
pages = Blueprint("message_pages", __name__)
screens.prepare(pages)

PAGE = "/console/messages/<id:message_id>"


class ShareIn(payloads.Shape):
    """Who else sees the mail: private is nobody, team the sender's manager, org everybody."""

    sharing: Sharing


class ShareForm(forms.Form):
    """The same as a form."""

    sharing: Sharing


class OnMailOut(payloads.Answer):
    """Somebody on the mail; `rule` is how the address was matched, "" for nobody we know."""

    role: Literal["from", "to", "cc", "bcc"]
    address: str
    name: str
    person_id: payloads.Uuid | None
    person: str
    rule: str


class ReportOut(payloads.Answer):
    """A bounce of the mail for one address."""

    address: str
    action: str
    code: str
    reason: str
    is_hard: bool
    occurred_at: datetime


class MessageOut(payloads.Answer):
    """A mail of the record; `mailboxes` are the caller's that hold it.

    `text` is null where none is kept; `sharing` is "" for a mail that is not the caller's to share.
    """

    id: payloads.Uuid
    stamp_id: payloads.Uuid | None
    direction: Literal["sent", "received"]
    kind: str
    subject: str
    sent_at: datetime | None
    captured_at: datetime | None
    replied_at: datetime | None
    owner: str
    reply_to_id: payloads.Uuid | None
    text: str | None
    participants: list[OnMailOut]
    reports: list[ReportOut]
    mailboxes: list[str]
    sharing: Sharing | Literal[""]
    joined_by: Literal["", "body", "property", "header", "probable"]


@api.get("/<id:id>", responses={200: MessageOut})
@allow(FULL)
def show(path: payloads.ById) -> Response:
    """One mail, as the caller may see it."""
    return answer(asdict(captured.one(viewer(), path.id)))


@api.put("/<id:id>/sharing", responses={200: MessageOut})
@allow(WRITE)
def share(path: payloads.ById, body: ShareIn) -> Response:
    """Say who else sees one's own mail, or one that lies in one's own mailbox."""
    sharing.share(caller().user_id, path.id, body.sharing)
    return answer(asdict(captured.one(viewer(), path.id)))


@pages.get(PAGE)
@allow(FULL)
def show_page(message_id: str) -> str:
    """The mail's page. Raises NotFound for one that may not be seen."""
    return render_template(
        "message.html",
        mail=captured.one(viewer(), message_id),
        sharings=list(Sharing),
        can_edit=can_edit(),
        done=request.args.get("done", ""),
    )


@pages.post(f"{PAGE}/sharing")
@allow(WRITE)
def share_page(message_id: str) -> AnyResponse:
    """Say who else sees it, and show it again."""
    sharing.share(caller().user_id, message_id, forms.checked(ShareForm).sharing)
    return lead_to(f"/console/messages/{message_id}?done=shared")
