"""The add-on's addresses: five that Gmail calls, its pictures, and the page that links an account.

Gmail's five are public in the table of permissions: who calls is proven by Google's tokens, at the
door. The page is for a signed-in user.
"""

from functools import partial
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend import db
from backend.access import identities
from backend.errors import Conflict, NotFound
from backend.models import google
from backend.providers.openid import Account
from backend.settings import Settings
from backend.tracking.drafts import Host
from backend.web import callers, screens
from backend.web.permissions import ANYONE, READ, WRITE, allow, caller
from gmail_addon import deployment, door, operations
from gmail_addon.asking import ROOT, Addon
from gmail_addon.handlers import compose, home, message, settings

ICONS = Path(__file__).parent / "icons"
FOR_A_YEAR = "public, max-age=31536000, immutable"  # an icon's name holds its version

calls = Blueprint("gmail_addon", __name__, url_prefix=ROOT)
pages = Blueprint("gmail_link", __name__, url_prefix=ROOT, template_folder="templates")
screens.prepare(pages)


def equip(app: Flask, chosen: Settings, host: Host) -> None:
    """Give the app its add-on."""
    app.extensions["gmail_addon"] = Addon.of(chosen, host, app.extensions["google_tokens"])
    app.extensions["gmail_deployment"] = partial(deployment.text, chosen)
    app.register_blueprint(calls)
    app.register_blueprint(pages)


@calls.post("/home")
@allow(ANYONE)
def show_home() -> Response:
    """The homepage trigger."""
    return door.answer(home.home)


@calls.post("/message")
@allow(ANYONE)
def show_message() -> Response:
    """The contextual trigger: a mail is open."""
    return door.answer(message.message)


@calls.post("/compose")
@allow(ANYONE)
def show_compose() -> Response:
    """The compose trigger: the add-on was opened in a draft."""
    return door.answer(compose.compose)


@calls.post("/settings")
@allow(ANYONE)
def show_settings() -> Response:
    """The universal action "Settings"."""
    return door.answer(settings.settings)


@calls.post("/action")
@allow(ANYONE)
def act() -> Response:
    """A widget of one of our cards; its signed state says which operation."""
    return door.answer(operations.perform)


@calls.get("/icons/<name>")
@allow(ANYONE)
def show_icon(name: str) -> Response:
    """A picture of a card. Raises NotFound."""
    path = next((each for each in ICONS.glob("*.png") if each.name == name), None)
    if path is None:
        raise NotFound("There is no such picture.")
    response = Response(path.read_bytes(), content_type="image/png")
    response.headers["Cache-Control"] = FOR_A_YEAR
    return response


@pages.get("/link/<code>")
@allow(READ)
def show_link(code: str) -> AnyResponse:
    """Ask the signed-in user whether this Google account is hers."""
    offer = google.offer_of(code)
    who = caller()
    page = render_template(
        "gmail_link.html", offer=offer, code=code, who=who, is_other=_is_other(offer, who.email)
    )
    return Response(page, status=HTTPStatus.OK if offer else HTTPStatus.GONE)


@pages.post("/link/<code>")
@allow(WRITE)
def accept_link(code: str) -> AnyResponse:
    """Link it: from now on Gmail's calls for this account are hers."""
    offer, who = google.offer_of(code), caller()
    if _is_other(offer, who.email) and request.form.get("sure") != "yes":
        page = render_template("gmail_link.html", offer=offer, code=code, who=who, is_other=True)
        return Response(page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        linked = _link(code)
    except Conflict:
        page = render_template("gmail_link.html", offer=None, who=who, is_taken=True)
        return Response(page, status=HTTPStatus.CONFLICT)
    page = render_template("gmail_link.html", offer=None, who=who, linked=linked)
    return Response(page, status=HTTPStatus.OK if linked else HTTPStatus.GONE)


def _link(code: str) -> bool:
    user = callers.me()
    with db.transaction():
        offer = google.use(code, user.org_id)
        if offer is not None:
            account = Account(offer.issuer, offer.subject, offer.email)
            identities.link(user, "google", account, is_way_in=False)
    return offer is not None


def _is_other(offer: google.Offer | None, email: str) -> bool:
    return offer is not None and offer.email.lower() != email.lower()
