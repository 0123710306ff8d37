"""What the Outlook add-in asks beside stamping, and the page that says how to deploy it."""

from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request
from flask_openapi import APIBlueprint

from backend.insights import handler_runs
from backend.mail import signature_html
from backend.models.pairing import OutlookClient, end_token
from backend.tracking.drafts import Host
from backend.tracking.policy import policy_of
from backend.web import doors, payloads, screens
from backend.web.callers import me
from backend.web.permissions import ADMIN, ANY_TOKEN, READ, STAMP, allow, caller
from backend.web.problems import PROBLEMS, answer
from backend.web.reader import preference, t
from backend.web.stamp_shapes import RunIn
from backend.web.stamps import note_run

api = APIBlueprint("outlook", __name__, url_prefix="/api/v1/addin", abp_responses=PROBLEMS)

pages = Blueprint("outlook_page", __name__)
screens.prepare(pages)
pages.app_context_processor(screens.frame)

AT_THE_CONSOLE: list[dict[str, list[str]]] = [{"session": []}]  # for the document: no token
LINES = ("on", "untracked", "switched_off", "images")


class LinesOut(payloads.Answer):
    """What the handler says in a mail's notification bar, in its user's language."""

    on: str
    untracked: str
    switched_off: str
    images: str


class RunOut(payloads.Answer):
    """The last run of the caller's send handler."""

    occurred_at: datetime
    client: OutlookClient
    version: str
    event: str
    outcome: str
    duration_ms: int


class HandlerOut(payloads.Answer):
    """What the panel hands to the send handler, and when that ran last (null: never).

    `hosts` are today's tracking host and those of before, under which older mail is quoted; `force`
    has it write mail with pictures anew as well. `theme` and `language` are those of the caller's
    preferences, in which the panel begins.
    """

    base: str
    tracking: str
    hosts: list[str]
    force: bool
    words: LinesOut
    theme: str
    language: str
    last_run: RunOut | None


class SignatureOut(payloads.Answer):
    """The signature that a phone puts in with the pixel; null while that is switched off."""

    html: str | None


class ClientOut(payloads.Answer):
    """How the handler does in one kind of Outlook."""

    client: OutlookClient
    users: int
    sends: int
    stamped: int
    failed: int
    p95_ms: int
    last_at: datetime


class CoverageOut(payloads.Answer):
    """How far automatic tracking reaches in the organisation."""

    days: int
    clients: list[ClientOut]
    users_never: int


@api.get("/handler", responses={200: HandlerOut})
@allow(READ)
def handler() -> Response:
    """The handler's settings, which the panel keeps in the mailbox, and its last run."""
    settings = doors.the_settings()
    policy = policy_of(caller().org_id)
    host = Host.of(settings).under(policy)
    return answer(
        {
            "base": settings.public_url,
            "tracking": host.tracking_url,
            "hosts": sorted(host.own_hosts),
            "force": policy.wraps_beside_pictures,
            "words": {line: t(f"outlook.lines.{line}") for line in LINES},
            "theme": preference("theme"),
            "language": preference("language"),
            "last_run": handler_runs.last_run(caller().user_id),
        }
    )


@api.post("/runs", responses={204: None})
@allow(STAMP)
def add_run(body: RunIn) -> Response:
    """Note how a run of the handler went that had no mail to confirm."""
    note_run(body)
    return Response(status=HTTPStatus.NO_CONTENT)


@api.get("/signature", responses={200: SignatureOut})
@allow(STAMP)
def signature() -> Response:
    """The organisation's signature for its user's phone, if an admin has switched that on."""
    who = caller()
    policy = policy_of(who.org_id)
    if not policy.mobile_signature or not policy.signature_template:
        return answer({"html": None})
    user = me()
    html = signature_html.filled(policy.signature_template, user.name or user.email, user.email)
    return answer({"html": html})


@api.get("/coverage", responses={200: CoverageOut}, security=AT_THE_CONSOLE)
@allow(ADMIN)
def coverage() -> Response:
    """For an admin: which Outlooks stamp by themselves, how often and how fast."""
    return answer(handler_runs.coverage(caller().org_id))


@api.delete("/token", responses={204: None})
@allow(ANY_TOKEN)
def disconnect() -> Response:
    """Take back the token that this very call was made with: a panel is disconnected."""
    end_token(request.headers.get("Authorization", "").partition(" ")[2].strip())
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.get("/console/outlook")
@allow(READ)
def page() -> str:
    """How the add-in is deployed, and for an admin how far automatic tracking reaches."""
    who = caller()
    settings = doors.the_settings()
    return render_template(
        "outlook.html",
        manifest=f"{settings.public_url}/addin/manifest.xml",
        last_run=handler_runs.last_run(who.user_id),
        found=handler_runs.coverage(who.org_id) if who.role == "admin" else None,
    )
