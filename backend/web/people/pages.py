"""The pages of contacts, leads and accounts: lists, one person, one account, and exports."""

from typing import Annotated, Any, Literal

from flask import Blueprint, Response, redirect, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from backend.insights import metrics, timeline
from backend.models.org import User
from backend.models.people import proofs_of
from backend.people import companies, duplicates, finding, merging
from backend.people.details import Found
from backend.people.values import Kind
from backend.web import forms, payloads, screens
from backend.web.callers import can_edit, viewer
from backend.web.people.api import query_of
from backend.web.people.files import exported
from backend.web.people.insights import about_of, people_of
from backend.web.people.shapes import ListIn
from backend.web.people.work_shapes import ExportIn
from backend.web.permissions import FULL_FRESH, READ, allow, caller

pages = Blueprint("people_pages", __name__)
screens.prepare(pages)

LIST = "/console/people"
MAX_OWNERS = 500  # in the filter and in forms


class PeopleOf(payloads.Shape):
    """Which people to list; empty fields of the filter's form say nothing."""

    q: Annotated[payloads.Line, Field(max_length=200)] = ""
    kind: Kind | None = None
    owner: payloads.Uuid | None = None
    tracking: Literal["no", "yes"] | None = None
    before: Annotated[payloads.Line, Field(max_length=1000)] | None = None

    def listed(self) -> ListIn:
        """The same as the API asks for it."""
        refusing = None if self.tracking is None else self.tracking == "no"
        given = self.model_dump(include={"q", "kind", "owner", "before"})
        return ListIn(**given, do_not_track=refusing)


class ExportOf(PeopleOf):
    """Which people to export, and as what."""

    format: Literal["csv", "vcard"] = "csv"


class AccountsOf(payloads.Shape):
    """Which accounts to list."""

    q: Annotated[payloads.Line, Field(max_length=200)] = ""
    before: Annotated[payloads.Line, Field(max_length=1000)] | None = None


class PersonOf(payloads.Shape):
    """Which part of a person's mail, and what has just been done."""

    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
    done: Literal["added", "changed", "tracking", "consent", "merged", "unmerged"] | None = None


@pages.get(LIST)
@allow(READ)
def index() -> str:
    """People of the organisation by name, with search and filters."""
    asked = PeopleOf.model_validate(forms.asked())
    page = finding.page(caller().org_id, query_of(asked.listed()))
    return render_template(
        "people/list.html", asked=asked, page=page, owners=owners(), can_edit=can_edit()
    )


@pages.get(f"{LIST}/export")
@allow(FULL_FRESH)
def export() -> Response:
    """The people of the present filter as a download."""
    asked = ExportOf.model_validate(forms.asked())
    listed = asked.listed().model_dump(exclude_none=True)
    return exported(ExportIn(format=asked.format, **listed))


@pages.get(f"{LIST}/<id:person_id>")
@allow(READ)
def show(person_id: str) -> AnyResponse | str:
    """One person; somebody who was merged leads to the person she became."""
    asked = PersonOf.model_validate(request.args.to_dict())
    person = finding.one(caller().org_id, person_id)
    if person.id != person_id:
        return redirect(f"{LIST}/{person.id}")
    return person_page(person, asked)


@pages.get("/console/accounts")
@allow(READ)
def accounts() -> str:
    """Accounts by name, with how many people belong to each."""
    asked = AccountsOf.model_validate(forms.asked())
    page = companies.page(caller().org_id, asked.q, asked.before)
    return render_template("people/accounts.html", asked=asked, page=page, can_edit=can_edit())


@pages.get("/console/accounts/<id:account_id>")
@allow(READ)
def show_account(account_id: str) -> str:
    """One account: its domain, its figures, its people."""
    account = companies.one(caller().org_id, account_id)
    people = people_of(account.id)
    figures = metrics.of(viewer(), about_of(people))
    return render_template("people/account.html", account=account, people=people, figures=figures)


def person_page(person: Found, asked: PersonOf, **more: Any) -> str:
    """A person's page; `more` is what a form that failed shows again."""
    org_id, about = caller().org_id, about_of([person])
    values = {
        "person": person,
        "asked": asked,
        "page": timeline.page(viewer(), about, asked.before),
        "figures": metrics.of(viewer(), about),
        "duplicates": duplicates.of(org_id, person),
        "merges": merging.merges_of(org_id, person.id),
        "proofs": proofs_of(org_id, person.id),
        "names": _names(org_id),
        "can_edit": can_edit(),
        "faults": {},
        "typed": {},
    }
    return render_template("people/person.html", **values | more)


def owners() -> list[User]:
    """Who may look after people, by name."""
    query = (
        User.select()
        .where(User.org_id == caller().org_id, ~User.is_disabled)
        .order_by(User.name, User.id)
        .limit(MAX_OWNERS)
    )
    return list(query)


def _names(org_id: str) -> dict[str, str]:
    """Who wrote what, by the id in the proofs and merges."""
    return {user.id: user.name for user in User.select().where(User.org_id == org_id)}
