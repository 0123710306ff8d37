"""The Feed over HTTP: newest first, cheap to poll."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from flask import Response, request
from flask_openapi import APIBlueprint
from pydantic import Field

from backend import clock
from backend.insights import feed
from backend.web import payloads
from backend.web.answers import EngagementKind, FeedOut
from backend.web.permissions import READ, allow
from backend.web.problems import PROBLEMS, dumps
from backend.web.stamps import viewer

api = APIBlueprint("feed", __name__, url_prefix="/api/v1/feed", abp_responses=PROBLEMS)


class FeedIn(payloads.Shape):
    """What to show; automatic engagements only with include_automatic."""

    kind: EngagementKind | None = None
    person: payloads.Uuid | None = None
    stamp: payloads.Uuid | None = None
    include_automatic: bool = False
    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
    after: Annotated[payloads.Line, Field(max_length=100)] | None = None
    limit: payloads.Limit = 50


@api.get("", responses={200: FeedOut, 304: None})
@allow(READ)
def index(query: FeedIn) -> Response:
    """The caller's Feed of the last 30 days; 304 while nothing in it has changed."""
    who = viewer()
    tag = _tag(feed.version(who), query)
    if tag in request.if_none_match:
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        page = feed.page(who, feed.FeedQuery(**query.model_dump()))
        response = Response(
            dumps({"items": page.items, "next": page.next}), content_type="application/json"
        )
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _tag(version: int, query: FeedIn) -> str:
    # The day is part of it, because the Feed's 30 days move on without any engagement.
    day = clock.now().date().isoformat()
    text = f"{viewer().user_id} {version} {day} {query.model_dump_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
