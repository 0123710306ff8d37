"""The playground's pages: the stage, a mail's body for its frame, and where sample links lead."""

import re

from flask import Blueprint, Response, render_template

from backend.errors import NotFound
from backend.web import screens
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import PUBLIC, READ, allow
from playground import letters, samples
from playground.inboxes import Inboxes

pages = Blueprint("playground", __name__, url_prefix="/playground", template_folder="templates")
screens.prepare(pages)

# What a mail program brings along: its own type, and links that open elsewhere.
BEFORE_MAIL = (
    '<base target="_blank"><style>body{margin:12px;font:14px/20px "Segoe UI",system-ui,sans-serif}'
    "</style>"
)
BODY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
# Out of sight, so that the browser need not complain of each; the policy is what holds.
_PICTURE = re.compile(r"<img\b(?![^>]{0,9}src=.?data:)[^>]{0,5000}>", re.IGNORECASE)
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
    user = me()
    people = samples.people(user)
    page = render_template(
        "playground/stage.html",
        user=user,
        people=people,
        to=samples.recipients(people),
        base=the_settings().public_url,
    )
    return Response(page, headers={"Content-Security-Policy": STAGE_POLICY})


@pages.get("/mail/<mail_id>/body")
@allow(READ)
def body(mail_id: str) -> Response:
    """The mail's HTML alone, for the sandboxed frame: no scripts, no forms, no origin of ours.

    No picture from anywhere either: to look at a mailbox on the stage must not be an open.
    """
    letter = letters.parse(Inboxes.of(the_settings()).open(mail_id))
    if letter.html is None:
        raise NotFound("problems.play_no_html")
    return Response(
        f"{BEFORE_MAIL}\n{_PICTURE.sub('', letter.html)}",
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": BODY_POLICY},
    )


@pages.get("/page/<name>")
@allow(PUBLIC)
def page(name: str) -> str:
    """Where the links of the sample mails lead to."""
    if name not in samples.PLACES:
        raise NotFound("problems.play_no_page")
    return render_template("playground/page.html", name=name)
