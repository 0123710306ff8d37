"""The one search over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from backend.insights import search
from backend.web import payloads
from backend.web.callers import viewer
from backend.web.payloads import Answer, Uuid
from backend.web.permissions import READ, allow
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("search", __name__, url_prefix="/api/v1/search", abp_responses=PROBLEMS)


class SearchIn(payloads.Shape):
    """What to look for: beginnings of words of a name, address, company, subject or link."""

    q: Annotated[payloads.Line, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = search.LIMIT


class PersonFoundOut(Answer):
    """A contact or lead."""

    id: Uuid
    kind: Literal["contact", "lead"]
    name: str
    address: str
    company: str


class AccountFoundOut(Answer):
    """A company."""

    id: Uuid
    name: str
    domain: str


class MailFoundOut(Answer):
    """A mail that the caller may see."""

    id: Uuid
    subject: str
    stamped_at: datetime


class MailOfLinkOut(Answer):
    """The mail a link was in."""

    id: Uuid
    subject: str


class LinkFoundOut(Answer):
    """A link, with the newest mail it was in."""

    url: str
    text: str
    stamped_at: datetime
    stamp: MailOfLinkOut


class SearchOut(Answer):
    """What fits, at most `limit` of each; it does not say how much more there is."""

    people: list[PersonFoundOut]
    accounts: list[AccountFoundOut]
    mails: list[MailFoundOut]
    links: list[LinkFoundOut]


@api.get("", responses={200: SearchOut})
@allow(READ)
def index(query: SearchIn) -> Response:
    """People and accounts of the organisation, subjects and links of mail one may see."""
    found = search.find(viewer(), query.q, query.limit)
    return answer(asdict(found))
