"""Timelines, figures and accounts over HTTP."""

from typing import Annotated, Any

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from backend.insights import metrics, timeline
from backend.insights.people_mail import About
from backend.people import companies, finding
from backend.people.details import Found
from backend.web import payloads
from backend.web.callers import viewer
from backend.web.people.insight_shapes import AccountsOut, CompanyOut, MetricsOut, TimelineOut
from backend.web.permissions import READ, allow, caller
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("people_insights", __name__, url_prefix="/api/v1", abp_responses=PROBLEMS)

MAX_ACCOUNT_PEOPLE = 500  # whose mail an account's figures are about


class TimelineIn(payloads.Shape):
    """Which part of a timeline."""

    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 25


class AccountsIn(payloads.Shape):
    """Which accounts: `q` matches the beginning of the name or the domain."""

    q: Annotated[payloads.Line, Field(max_length=200)] = ""
    limit: payloads.Limit = 50
    before: Annotated[payloads.Line, Field(max_length=1000)] | None = None


@api.get("/people/<id:id>/timeline", responses={200: TimelineOut})
@allow(READ)
def show_timeline(path: payloads.ById, query: TimelineIn) -> Response:
    """Mail with this person that the caller may see, newest first, with what she did with it."""
    about = about_of([finding.one(caller().org_id, path.id)])
    return answer(timeline_of(timeline.page(viewer(), about, query.before, query.limit)))


@api.get("/people/<id:id>/metrics", responses={200: MetricsOut})
@allow(READ)
def show_metrics(path: payloads.ById) -> Response:
    """Figures about mail with this person that the caller may see; null is not known, never 0."""
    return answer(metrics.of(viewer(), about_of([finding.one(caller().org_id, path.id)])))


@api.get("/accounts", responses={200: AccountsOut})
@allow(READ)
def show_accounts(query: AccountsIn) -> Response:
    """Accounts by name; each is known by its domain."""
    page = companies.page(caller().org_id, query.q, query.before, query.limit)
    return answer({"items": page.items, "next": page.next})


@api.get("/accounts/<id:id>", responses={200: CompanyOut})
@allow(READ)
def show_account(path: payloads.ById) -> Response:
    """One account; its people are `GET /api/v1/people?account=`."""
    return answer(companies.one(caller().org_id, path.id))


@api.get("/accounts/<id:id>/metrics", responses={200: MetricsOut})
@allow(READ)
def show_account_metrics(path: payloads.ById) -> Response:
    """Figures about mail with the account's people (the first 500 by name)."""
    return answer(metrics.of(viewer(), about_of(people_of(path.id))))


def about_of(people: list[Found]) -> About:
    """These people as insights knows whom a timeline is about."""
    addresses = [address for person in people for address in person.addresses]
    return About([person.id for person in people], addresses)


def people_of(account_id: str) -> list[Found]:
    """The account's people; raises NotFound for a foreign account."""
    org_id = caller().org_id
    account = companies.one(org_id, account_id).id
    query = finding.Query(account=account, limit=MAX_ACCOUNT_PEOPLE)
    return finding.page(org_id, query).items


def timeline_of(page: timeline.Timeline) -> dict[str, Any]:
    """A page of a timeline as the API shows it."""
    return {
        "items": page.items,
        "next": page.next,
        "hidden": page.hidden,
        "withheld": page.withheld,
        "coming": page.coming,
    }
