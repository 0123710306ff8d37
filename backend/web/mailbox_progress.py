"""How far the caller's own mailboxes are, for the panel beside her mail."""

from datetime import datetime
from typing import Any

from flask import Response
from flask_openapi import APIBlueprint

from backend.access import mailboxes
from backend.access.mailbox_reasons import Why, why_of
from backend.insights.mailbox_progress import filling_of
from backend.models.mailboxes import ENDED, CaptureMode, MailboxState
from backend.web import payloads
from backend.web.permissions import READ, allow, caller
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("mailbox_progress", __name__, url_prefix="/api/v1", abp_responses=PROBLEMS)


class MailboxOut(payloads.Answer):
    """One of her mailboxes, and how far its mail is fetched.

    `total` is null while nobody has said how many there are, and the provider's estimate while
    `is_estimate`. `reason` is why it is not synced, null where nothing is wrong, and `code` the
    provider's own word for that.
    """

    address: str
    provider: str
    state: MailboxState
    reason: Why | None
    code: str
    since: datetime
    capture_mode: CaptureMode
    done: int
    total: int | None
    is_estimate: bool
    is_filled: bool


class MailboxesOut(payloads.Answer):
    """Her connected mailboxes, by address."""

    mailboxes: list[MailboxOut]


@api.get("/mailboxes", responses={200: MailboxesOut})
@allow(READ)
def index() -> Response:
    """The caller's connected mailboxes, and how far each is."""
    return answer({"mailboxes": _mailboxes(caller().user_id)})


def _mailboxes(user_id: str) -> list[dict[str, Any]]:
    own = [each for each in mailboxes.all_of(user_id) if each.state not in ENDED]
    far = filling_of([each.id for each in own])
    of_mailbox = ("address", "provider", "state", "since", "capture_mode")
    of_progress = ("done", "total", "is_estimate", "is_filled")
    return [
        {name: getattr(each, name) for name in of_mailbox}
        | {"reason": why_of(each.reason, each.state), "code": each.reason}
        | {name: getattr(far[each.id], name) for name in of_progress}
        for each in own
    ]
