"""The playground's pages: the stage, a mail's body for its frame, and where sample links lead."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from backend.errors import NotFound
from backend.models.org import User
from backend.settings import Settings
from backend.web import screens
from backend.web.permissions import PUBLIC, READ, allow, caller
from playground import letters, samples
from playground.inboxes import Inboxes

pages = Blueprint("playground", __name__, url_prefix="/playground", template_folder="templates")
screens.prepare(pages)

# What a mail program brings along: its own type, and links that open elsewhere.
BEFORE_MAIL = (
    '<base target="_blank"><style>body{margin:12px;font:14px/20px "Segoe UI",system-ui,sans-serif}'
    "</style>"
)
# As everywhere (backend.app), but that the stage frames the mails.
STAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


@pages.get("")
@allow(READ)
def show() -> Response:
    """The stage: a compose window with a mail already written, and the panels beside it."""
    user = User.get_by_id(caller().user_id)
    people = samples.people(user)
    page = render_template(
        "playground/stage.html",
        user=user,
        people=people,
        to=samples.recipients(people),
        base=_settings().public_url,
    )
    return Response(page, headers={"Content-Security-Policy": STAGE_POLICY})


@pages.get("/mail/<mail_id>/body")
@allow(READ)
def body(mail_id: str) -> Response:
    """The mail's HTML alone, for the sandboxed frame: no scripts, no forms, no origin of ours.

    Its pictures are loaded only by `?images=on`: to look at an inbox must not be an open.
    """
    letter = letters.parse(Inboxes.of(_settings()).open(mail_id))
    if letter.html is None:
        raise NotFound("This mail has no HTML body.")
    return Response(
        f"{BEFORE_MAIL}\n{letter.html}",
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _body_policy()},
    )


@pages.get("/page/<name>")
@allow(PUBLIC)
def page(name: str) -> str:
    """Where the links of the sample mails lead to."""
    if name not in samples.PLACES:
        raise NotFound("There is no such page in the playground.")
    return render_template("playground/page.html", name=name)


def _body_policy() -> str:
    has_images = request.args.get("images") == "on"
    pictures = f"{_origin(_settings().tracking_url)} data:" if has_images else "data:"
    return (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self';"
        " sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
