"""Stamping, the sent list, one message and its history, over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import Response, current_app
from flask_openapi import APIBlueprint

from backend.errors import NotFound
from backend.insights import history, sent
from backend.insights.viewer import visible_stamp
from backend.models import handler_runs
from backend.models.mail import Stamp
from backend.models.org import User
from backend.models.pairing import addresses_of
from backend.models.preferences import remember_choice, tracking_default
from backend.tracking import sending, stamping
from backend.tracking.drafts import Channel, Draft, Recipient, Stamped, StampedLink
from backend.tracking.policy import Judgement
from backend.web import payloads
from backend.web.callers import me, viewer
from backend.web.mail_shapes import (
    HistoryOut,
    MailOut,
    MailsOut,
    OneMailOut,
    StampOut,
    StampPreviewOut,
)
from backend.web.permissions import READ, STAMP, WRITE, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer
from backend.web.stamp_shapes import (
    HistoryIn,
    PreviewIn,
    RecipientIn,
    RunIn,
    SentIn,
    SentListIn,
    StampIn,
)

api = APIBlueprint(
    "stamps", __name__, url_prefix="/api/v1/stamps", doc_ui=True, abp_responses=PROBLEMS
)

INTERACTIVE = frozenset({Channel.OUTLOOK, Channel.GMAIL})


@api.post("", responses={201: StampOut, **CONFLICTS})
@allow(STAMP, with_row=True)
def create(body: StampIn) -> Response:
    """Stamp a draft, or say why it stays untracked. Idempotent by compose_id until it is sent."""
    user = me()
    opens, links = tracking_default(user)
    is_foreign = body.channel is Channel.OUTLOOK and _is_foreign(body.sender, user)
    draft = Draft(
        channel=body.channel,
        sender=body.sender or user.email,
        subject=body.subject,
        recipients=_unique(body.recipients),
        opens=opens if body.opens is None else body.opens,
        links=links if body.links is None else body.links,
        compose_id=body.compose_id,
        html=body.html,
        content_type=body.content_type,
        per_recipient=body.per_recipient,
        left_links=frozenset(body.left_links),
        refused="sender_not_yours" if is_foreign else body.untracked or "",
        sent_at=body.sent_at,
    )
    stamped = stamping.stamp(draft, user, current_app.config["HOST"])
    is_choice = body.channel in INTERACTIVE if body.remember is None else body.remember
    choice = (body.opens, body.links)
    if is_choice and None not in choice and choice != (opens, links):
        remember_choice(user.id, opens=draft.opens, links=draft.links)
    switches = {"switches": {"opens": draft.opens, "links": draft.links}}
    return answer(_stamp_out(stamped) | switches, HTTPStatus.CREATED)


@api.post("/preview", responses={200: StampPreviewOut})
@allow(READ, with_row=True)
def preview(body: PreviewIn) -> Response:
    """What would be measured of this draft, by recipient and link, and why not the rest."""
    user = me()
    draft = Draft(
        channel=Channel.API,
        sender=body.sender or user.email,
        subject="",
        recipients=_unique(body.recipients),
        opens=body.opens,
        links=body.links,
        html=body.html,
        refused="sender_not_yours" if _is_foreign(body.sender, user) else "",
    )
    found = stamping.preview(draft, user, current_app.config["HOST"])
    return answer(
        {
            "reason": found.refusal,
            "recipients": [_decision_out(each) for each in found.recipients],
            "links": [{"url": link.url, "text": link.text} for link in found.links],
            "left": [
                {"url": link.url, "text": link.text, "reason": link.reason} for link in found.left
            ],
        }
    )


@api.get("", responses={200: MailsOut})
@allow(READ)
def index(query: SentListIn) -> Response:
    """Every mail of the caller, tracked or not, newest first."""
    page = sent.page(viewer(), sent.SentQuery(**query.model_dump()))
    return answer({"items": page.items, "next": page.next})


@api.get("/<id:id>", responses={200: OneMailOut})
@allow(READ)
def show(path: payloads.ById) -> Response:
    """One mail: state, sent_at, counts and each recipient's state."""
    visible_stamp(viewer(), path.id)
    return answer(
        sent.one(path.id, caller().user_id) | {"tracked_links": history.links(viewer(), path.id)}
    )


@api.get("/<id:id>/history", responses={200: HistoryOut})
@allow(READ)
def show_history(path: payloads.ById, query: HistoryIn) -> Response:
    """Every engagement of one mail, newest first: 90 days by default."""
    found = history.of(viewer(), path.id, query.days or None, query.before)
    return answer(found)


@api.put("/<id:id>/sent", responses={200: MailOut, **CONFLICTS})
@allow(STAMP)
def confirm(path: payloads.ById, body: SentIn) -> Response:
    """Tell that the mail was sent, and when; waiting hits are judged by it."""
    stamp = own(path.id)
    source = sending.Source.PROVISIONAL if stamp.channel in INTERACTIVE else sending.Source.SENDER
    recipients = None if body.recipients is None else _unique(body.recipients)
    sending.confirm(stamp, body.sent_at, source, body.internet_message_id, recipients)
    if body.run is not None:
        note_run(body.run)
    return answer(sent.one(path.id))


@api.delete("/<id:id>", responses={200: MailOut})
@allow(WRITE)
def stop(path: payloads.ById) -> Response:
    """Stop tracking one mail: later hits are not stored, its links go on working."""
    sending.stop(own(path.id))
    return answer(sent.one(path.id))


@api.post("/<id:id>/self-view", responses={204: None})
@allow(READ)
def note_self_view(path: payloads.ById) -> Response:
    """The sender is looking at this mail now: the open that follows is her own."""
    sending.self_view(own(path.id))
    return Response(status=HTTPStatus.NO_CONTENT)


def note_run(run: RunIn) -> None:
    """Keep how a run of the caller's send handler went."""
    who = caller()
    handler_runs.note(who.org_id, who.user_id, handler_runs.Run(**run.model_dump()))


def _is_foreign(sender: str | None, user: User) -> bool:
    """Whether the mail goes out from a mailbox that the user has not shown to be hers."""
    if sender is None or sender.lower() == user.email.lower():  # nearly always
        return False
    return sender.lower() not in addresses_of(user)


def own(stamp_id: str) -> Stamp:
    """The caller's own stamp; raises NotFound for anybody else's."""
    who = caller()
    found: Stamp | None = Stamp.get_or_none(id=stamp_id, org_id=who.org_id, user_id=who.user_id)
    if found is None:
        raise NotFound("problems.no_mail")
    return found


def _unique(recipients: list[RecipientIn]) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for each in recipients:
        found.setdefault(each.address, Recipient(each.role, each.address, each.name))
    return tuple(found.values())


def _stamp_out(stamped: Stamped) -> dict[str, Any]:
    return {
        "id": stamped.id,
        "state": stamped.state,
        "reason": stamped.reason,
        "html": stamped.html,
        "pixel_url": stamped.pixel_url,
        "links": [_link_out(link) for link in stamped.links],
        "recipients": [_decision_out(each) for each in stamped.recipients],
        "copies": [
            {
                "address": copy.address,
                "html": copy.html,
                "pixel_url": copy.pixel_url,
                "links": [_link_out(link) for link in copy.links],
            }
            for copy in stamped.copies
        ],
    }


def _decision_out(judgement: Judgement) -> dict[str, Any]:
    return {
        "address": judgement.address,
        "person_id": judgement.person_id,
        "decision": judgement.decision,
        "reason": judgement.reason,
    }


def _link_out(link: StampedLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "position": link.position,
        "text": link.text,
        "url": link.url,
        "tracked_url": link.tracked_url,
    }
