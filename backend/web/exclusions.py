"""What is never captured: the organisation's list for admins, and everybody's own beside it."""

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.capture import exclusions, matching
from backend.capture.exclusions import Scope
from backend.errors import Conflict, Invalid
from backend.tracking import policy_changes
from backend.tracking.policy import policy_of
from backend.web import forms, payloads, screens
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, OWN, Permission, allow, caller

pages = Blueprint("exclusions", __name__)
screens.prepare(pages)

OWN_LIST = "/console/mailboxes/exclusions"
ADMIN_LIST = "/console/admin/exclusions"
DONE = ("added", "removed", "asked", "policy")


class ExclusionForm(forms.Form):
    """An address or a domain."""

    value: Annotated[payloads.Line, Field(min_length=1, max_length=320)]


class PolicyForm(forms.Form):
    """What is captured although it is left out else, and how; what is ticked off is not sent."""

    keeps_automated: bool = False
    keeps_confidential: bool = False
    keeps_sensitive: bool = False
    looks_through_tags: bool = False


@dataclass(frozen=True, slots=True)
class _Listing:
    """The pages of one list: everybody's own, or the organisation's."""

    base: str
    is_own: bool

    @property
    def scope(self) -> Scope:
        who = caller()
        return Scope(who.org_id, who.email, who.user_id if self.is_own else None)

    def index(self) -> Response:
        return _list(self.base, self.scope)

    def add(self) -> AnyResponse:
        given = forms.fields().get("value", "")
        try:
            form = ExclusionForm.model_validate(forms.fields())
            made = exclusions.add(self.scope, form.value)
        except (ValidationError, Invalid):
            return _list(self.base, self.scope, given, "value", HTTPStatus.UNPROCESSABLE_ENTITY)
        except Conflict as error:
            return _list(self.base, self.scope, given, "taken", error.status)
        return lead_to(f"{self.base}/{made.id}?done=added")

    def show(self, exclusion_id: str) -> str:
        row = exclusions.one(self.scope, exclusion_id)
        found = exclusions.preview(row)
        return render_template("exclusion.html", here=self.base, row=row, found=found, done=_done())

    def purge(self, exclusion_id: str) -> AnyResponse:
        exclusions.ask_purge(self.scope, exclusion_id)
        return lead_to(f"{self.base}/{exclusion_id}?done=asked")

    def remove(self, exclusion_id: str) -> AnyResponse:
        exclusions.remove(self.scope, exclusion_id)
        return lead_to(f"{self.base}?done=removed")

    def offer(self, look: Permission, change: Permission) -> None:
        """Register the routes."""
        one = f"{self.base}/<id:exclusion_id>"
        for path, method, view, permission in (
            (self.base, "GET", self.index, look),
            (self.base, "POST", self.add, change),
            (one, "GET", self.show, look),
            (f"{one}/purge", "POST", self.purge, replace(change, is_dangerous=True)),
            (f"{one}/remove", "POST", self.remove, change),
        ):
            name = f"{'own' if self.is_own else 'all'}_{view.__name__}"
            declared = allow(permission)(partial(view))
            pages.add_url_rule(path, name, declared, methods=[method])


_Listing(OWN_LIST, is_own=True).offer(OWN, OWN)
_Listing(ADMIN_LIST, is_own=False).offer(ADMIN, ADMIN_FRESH)


@pages.post(f"{ADMIN_LIST}/policy")
@allow(ADMIN_FRESH)
def save_policy() -> AnyResponse:
    """Store what is captured although it is left out else."""
    who = caller()
    form = forms.checked(PolicyForm, "problems.on_or_off")
    changed = policy_changes.store(who.org_id, who.email, form.model_dump())
    if "looks_through_tags" in changed:
        matching.rematch_tagged(who.org_id)
    return lead_to(f"{ADMIN_LIST}?done=policy")


def _list(
    base: str, scope: Scope, typed: str = "", fault: str = "", status: int = HTTPStatus.OK
) -> Response:
    page = render_template(
        "exclusions.html",
        here=base,
        is_own=scope.user_id is not None,
        rows=exclusions.all_of(scope),
        policy=policy_of(scope.org_id),
        shared=exclusions.of_organisation(scope.org_id) if scope.user_id else [],
        typed=typed,
        fault=fault,
        done=_done(),
    )
    return Response(page, status=status)


def _done() -> str:
    done = request.args.get("done", "")
    return done if done in DONE else ""
