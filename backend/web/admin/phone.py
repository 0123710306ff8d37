"""The signature that Outlook on a phone puts into new mail: switched on, written and looked at."""

from html import escape
from typing import Annotated

from flask import Blueprint, Response, render_template, request
from pydantic import Field, ValidationError, model_validator
from werkzeug.wrappers import Response as AnyResponse

from backend.mail import signature_html
from backend.tracking import policy_changes
from backend.tracking.policy import policy_of
from backend.web import forms, payloads, screens
from backend.web.callers import me
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller
from backend.web.reader import t

pages = Blueprint("admin_phone", __name__)
screens.prepare(pages)

PAGE = "/console/admin/policy/phone"
# The page has a frame for the signature's look; within it nothing runs, and it has no origin.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
LOOK_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'; sandbox"
)
Template = Annotated[str, Field(max_length=signature_html.MAX_TEMPLATE), payloads.Cleaned]


class PhoneForm(forms.Form):
    """The switch and the signature; switched on it needs something to be seen."""

    mobile_signature: bool = False
    signature_template: Template = ""

    @model_validator(mode="after")
    def _clean(self) -> "PhoneForm":
        kept = signature_html.clean(self.signature_template).html
        if self.mobile_signature and signature_html.is_empty(kept):
            raise ValueError("a signature is needed")
        return self


@pages.get(PAGE)
@allow(ADMIN)
def show() -> Response:
    """The switch, the signature and its look."""
    policy = policy_of(caller().org_id)
    return _page(policy.mobile_signature, policy.signature_template)


@pages.post(PAGE)
@allow(ADMIN_FRESH)
def save() -> AnyResponse:
    """Store both; what mail may not carry is left out first, and that is said."""
    try:
        form = PhoneForm.model_validate(forms.fields())
    except ValidationError:
        typed = forms.fields()
        return _page("mobile_signature" in typed, typed.get("signature_template", ""), fault=True)
    kept = signature_html.clean(form.signature_template)
    who = caller()
    given = {"mobile_signature": form.mobile_signature, "signature_template": kept.html}
    policy_changes.store(who.org_id, who.email, given)
    return lead_to(f"{PAGE}?done={'less' if kept.left_out else 'all'}")


@pages.get(f"{PAGE}/look")
@allow(ADMIN)
def look() -> Response:
    """How the stored signature looks, alone in a frame."""
    return _look(policy_of(caller().org_id).signature_template)


@pages.post(f"{PAGE}/look")
@allow(ADMIN)
def look_at_draft() -> Response:
    """How the signature on the page looks, which need not be stored yet."""
    return _look(forms.fields().get("signature_template", "")[: signature_html.MAX_TEMPLATE])


def _page(is_on: bool, template: str, *, fault: bool = False) -> Response:
    page = render_template(
        "admin/phone.html",
        is_on=is_on,
        template=template,
        fault=fault,
        most=signature_html.MAX_TEMPLATE,
        done=request.args.get("done", ""),
    )
    response = forms.shown(page, fault)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _look(template: str) -> Response:
    user = me()
    left_out = signature_html.clean(template).left_out
    html = signature_html.filled(template, user.name or user.email, user.email)
    said = f"{t('outlook.phone.left_out')} {', '.join(left_out)}" if left_out else ""
    page = render_template(
        "admin/phone_look.html",
        html=html,
        said=escape(said),
        nothing=signature_html.is_empty(html),
    )
    return Response(page, headers={"Content-Security-Policy": LOOK_POLICY})
