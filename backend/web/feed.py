"""The Feed over HTTP: newest first, cheap to poll."""

import hashlib
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from flask import Response, request
from flask_openapi import APIBlueprint
from pydantic import Field

from backend import clock
from backend.insights import feed, untracked
from backend.models import seen
from backend.web import payloads
from backend.web.callers import viewer
from backend.web.mail_shapes import EngagementKind, FeedOut, SeenOut
from backend.web.permissions import READ, allow
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("feed", __name__, url_prefix="/api/v1/feed", abp_responses=PROBLEMS)


class FeedIn(payloads.Shape):
    """What to show; automatic engagements only with include_automatic.

    `before` and `after` take a page's `next` and `newest`, which stand for a time.
    """

    kind: EngagementKind | None = None
    person: payloads.Uuid | None = None
    stamp: payloads.Uuid | None = None
    include_automatic: bool = False
    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
    after: Annotated[payloads.Line, Field(max_length=100)] | None = None
    limit: payloads.Limit = 50


class SeenIn(payloads.Shape):
    """The engagement up to which everything was seen."""

    id: payloads.Uuid


class UntrackedMailOut(payloads.Answer):
    """A mail that was sent untracked; the sentence of its reason is in the catalogue's reasons."""

    subject: str
    sent_at: datetime
    reason: str


class UntrackedOut(payloads.Answer):
    """Mail of the last 30 days that was sent untracked, newest first, at most 50."""

    items: list[UntrackedMailOut]


@api.get("", responses={200: FeedOut, 304: None})
@allow(READ)
def index(query: FeedIn) -> Response:
    """The caller's Feed of the last 30 days; 304 while nothing in it has changed.

    `after` goes by when something happened, and not by when that became known: an open that is told
    late, or is counted once its send is confirmed, is not after what happened since. The ETag knows
    of it, with `after` too. Who must miss nothing asks without `after` and, whenever the answer is
    new, pages back by `before` as far as she wants to be sure.
    """
    who = viewer()
    marks = feed.marks(who)
    tag = _tag(marks, query)
    # Weakly, as RFC 9110 section 13.1.2 has it: a proxy that packs the answer weakens its tag.
    if request.if_none_match.contains_weak(tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        page = feed.page(who, feed.FeedQuery(**query.model_dump()), marks.seen_id)
        response = answer(
            {
                "items": page.items,
                "next": page.next,
                "newest": page.newest,
                "unread": feed.unread(who, marks.seen_id),
            }
        )
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@api.get("/untracked", responses={200: UntrackedOut})
@allow(READ)
def show_untracked() -> Response:
    """What the caller sent untracked in the last 30 days, and why: no more can be said of it."""
    return answer({"items": untracked.latest(viewer())})


@api.put("/seen", responses={200: SeenOut})
@allow(READ)
def see(body: SeenIn) -> Response:
    """Everything up to this engagement was seen, in whichever panel; a read token may say so."""
    who = viewer()
    seen.note(who.user_id, body.id)
    return answer({"unread": feed.unread(who, feed.marks(who).seen_id)})


def _tag(marks: feed.Marks, query: FeedIn) -> str:
    # The day is part of it, because the Feed's 30 days move on without any engagement.
    day = clock.now().date().isoformat()
    text = f"{viewer().user_id} {marks} {day} {query.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
