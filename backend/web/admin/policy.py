"""The policy page: what may be measured of whom, tried out on a recipient before it is saved."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, render_template, request
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import Unfit
from backend.mail.addresses import normalise
from backend.mail.web_address import ascii_host
from backend.models import retention
from backend.people.countries import COUNTRIES
from backend.tracking import hostcheck, policy_changes
from backend.tracking.policy import Judgement, Policy, Preset, Sharing, judge, policy_of
from backend.web import doors, forms, payloads, screens
from backend.web.admin import tracking_domain
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_policy", __name__)
screens.prepare(pages)

PAGE = "/console/admin/policy"
MAX_LINES = 2000
KINDS = ("contact", "lead")
NOTICES = ("", "block", "signature")
LISTS = (
    "left_domains",
    "left_addresses",
    "internal_domains",
    "left_link_domains",
    "left_countries",
    "asked_domains",
    "asked_countries",
)


def _lines(text: object) -> object:
    if not isinstance(text, str):
        return text
    parts = (part.strip() for line in text.splitlines() for part in line.split(","))
    return list(dict.fromkeys(filter(None, parts)))


def _maybe(text: object) -> object:
    return None if text == "" else text


def _domain(text: str) -> str:
    host = ascii_host(text.lstrip("@*."))
    if not host or "." not in host:
        raise Unfit("fields.not_domain", text=text[:100])
    return host


def _address(text: str) -> str:
    try:
        address: str = normalise(text)
    except ValueError:
        raise Unfit("fields.not_address", text=text[:100]) from None
    return address


def _country(text: str) -> str:
    if text.upper() not in COUNTRIES:
        raise Unfit("fields.not_country", text=text[:100])
    return text.upper()


Capped = Field(max_length=MAX_LINES)
Domain = Annotated[payloads.Line, AfterValidator(_domain)]
Domains = Annotated[list[Domain], BeforeValidator(_lines), Capped]
Addresses = Annotated[
    list[Annotated[payloads.Line, AfterValidator(_address)]], BeforeValidator(_lines), Capped
]
Countries = Annotated[
    list[Annotated[payloads.Line, AfterValidator(_country)]], BeforeValidator(_lines), Capped
]


Kinds = list[Literal["contact", "lead"]]


class PolicyForm(forms.Form):
    """Every choice of the page; what is ticked off is not sent by a browser."""

    preset: Preset
    notice: Literal["", "block", "signature"] = ""
    left_domains: Domains = Field(default_factory=list)
    left_addresses: Addresses = Field(default_factory=list)
    internal_domains: Domains = Field(default_factory=list)
    left_countries: Countries = Field(default_factory=list)
    left_kinds: Kinds = Field(default_factory=list)
    asked_domains: Domains = Field(default_factory=list)
    asked_countries: Countries = Field(default_factory=list)
    asked_kinds: Kinds = Field(default_factory=list)
    open_count_cap: Annotated[int, Field(ge=0, le=1_000_000)]
    gathering_cycle_s: Annotated[int, Field(ge=1, le=3600)]
    wrap_signature: bool = False
    wraps_beside_pictures: bool = False
    left_link_domains: Domains = Field(default_factory=list)
    tracking_url: Annotated[str, AfterValidator(tracking_domain.address)] = ""
    sharing: Sharing
    retention_days: Annotated[
        Annotated[int, Field(ge=1, le=36_500)] | None, BeforeValidator(_maybe)
    ]


@pages.get(PAGE)
@allow(ADMIN)
def show() -> Response:
    """The policy as it stands."""
    return _shown(_as_form(policy_of(caller().org_id)))


@pages.post(PAGE)
@allow(ADMIN_FRESH)
def save() -> AnyResponse:
    """Store the policy; what cannot be is named and nothing is stored."""
    typed, who = _typed(), caller()
    form = PolicyForm.model_validate(typed)
    findings = tracking_domain.objections(policy_of(who.org_id), form.tracking_url)
    if findings and "tracking_anyway" not in typed:
        return _shown(
            _as_typed(typed), faults=["tracking_url"], findings=findings, is_doubtful=True
        )
    policy_changes.store(who.org_id, who.email, form.model_dump(mode="json"))
    return lead_to(f"{PAGE}?done=1")


@pages.post(f"{PAGE}/preview")
@allow(ADMIN)
def preview() -> Response:
    """What the choices on the page would mean for one recipient, by the rule that stamping asks."""
    policy, address = _on_page(), forms.fields().get("address", "")
    try:
        at = _address(address)
    except Unfit:
        return _shown(_as_typed(_typed()), faults=["address"], address=address)
    judgement = judge(caller().org_id, policy, [at])[at]
    return _shown(_as_form(policy), address=at, judgement=judgement, is_draft=True)


@pages.post(f"{PAGE}/retention")
@allow(ADMIN)
def preview_retention() -> Response:
    """How much is older than the term on the page, which need not be saved yet."""
    policy = _on_page()
    past = retention.past(caller().org_id, policy.retention_days)
    return _shown(_as_form(policy), past=past, is_draft=True)


@pages.post(f"{PAGE}/host")
@allow(ADMIN)
def check_host() -> Response:
    """Look at the tracking address on the page, saved or not, as a reader's program does."""
    typed = _typed()
    form = PolicyForm.model_validate(typed)
    findings = hostcheck.check(form.tracking_url or doors.the_settings().tracking_url)
    return _shown(_as_typed(typed), findings=findings)


@pages.errorhandler(ValidationError)
def _refuse(error: ValidationError) -> Response:
    """The page as it was typed, with what cannot be."""
    address = forms.fields().get("address", "")
    return _shown(_as_typed(_typed()), faults=_faults(error), address=address)


def _on_page() -> Policy:
    """The policy as the page would have it. Raises ValidationError."""
    form = PolicyForm.model_validate(_typed())
    stored = policy_of(caller().org_id)
    return Policy.of({**asdict(stored), **form.model_dump(mode="json")})


def _typed() -> dict[str, Any]:
    several = {name: request.form.getlist(name) for name in ("left_kinds", "asked_kinds")}
    return {**forms.fields(), **several}


def _as_form(policy: Policy) -> dict[str, Any]:
    shown = {name: getattr(policy, name) for name in PolicyForm.model_fields}
    return shown | {name: "\n".join(shown[name]) for name in LISTS}


def _as_typed(typed: dict[str, Any]) -> dict[str, Any]:
    return {name: typed.get(name, "") for name in PolicyForm.model_fields}


def _faults(error: ValidationError) -> list[str]:
    return list(dict.fromkeys(str(fault["loc"][0]) for fault in error.errors(include_url=False)))


def _shown(
    form: dict[str, Any],
    *,
    faults: list[str] | None = None,
    address: str = "",
    judgement: Judgement | None = None,
    **more: Any,
) -> Response:
    settings, stored = doors.the_settings(), policy_of(caller().org_id)
    page = render_template(
        "admin/policy.html",
        form=form,
        faults=faults or [],
        address=address,
        judgement=judgement,
        presets=list(Preset),
        notices=NOTICES,
        kinds=KINDS,
        sharings=list(Sharing),
        phone_is_on=stored.mobile_signature,
        has_copies=stored.relay_copies,
        expected=tracking_domain.expected(form["tracking_url"]) if more.get("findings") else None,
        **tracking_domain.shown(settings, stored),
        done=request.args.get("done", ""),
        **{"findings": [], "is_draft": False, "is_doubtful": False, "past": None} | more,
    )
    return forms.shown(page, faults)
