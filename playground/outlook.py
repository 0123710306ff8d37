"""The playground's Outlook: a window that hosts the real panel and send handler.

The window's own script speaks to them as Outlook on the web does, by office.js' messages alone, and
sends by SMTP; it never asks the API. office.js itself is Microsoft's and not part of the product:
in production it comes from Microsoft's host, here from this machine (playground/office_js.py).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request, send_from_directory

from backend.errors import Invalid, NotFound
from backend.web import addin, screens
from backend.web.callers import me
from backend.web.doors import the_settings
from backend.web.permissions import PUBLIC, READ, WRITE, allow
from backend.web.problems import answer
from playground import office_js, outgoing, samples
from playground.hastening import hasten
from playground.pages import STAGE_POLICY

OFFICE_SCRIPT = re.compile(r"https://appsforoffice\.microsoft\.com/lib/1/hosted/office\.js")
PAGES = ("taskpane.html", "events.html")
HEADERS = 20

outlook = Blueprint("playground_outlook", __name__, url_prefix="/playground/outlook")
screens.prepare(outlook)
outlook.app_context_processor(screens.frame)


@outlook.get("")
@allow(READ)
def show() -> Response:
    """The window, or what is missing for it."""
    user = me()
    page = render_template(
        "playground/outlook.html",
        user=user,
        has_office=(_library() / "office.js").exists(),
        people=samples.people(user),
        base=the_settings().public_url,
    )
    return Response(page, headers={"Content-Security-Policy": STAGE_POLICY})


@outlook.get("/addin/<name>")
@allow(PUBLIC)
def page(name: str) -> Response:
    """A page of the add-in as it is, but with office.js from this machine."""
    if name not in PAGES:
        raise NotFound("problems.play_no_page_of_addin")
    found = addin.page(name, scripts="'self'", frames="'self'")
    # A whole address: the library takes from it where to look for its other files.
    library = f"{request.host_url}playground/outlook/office/office.js"
    text = OFFICE_SCRIPT.sub(library, found.get_data(as_text=True))
    ajax = current_app.extensions["files"].address("playground/outlook/ajax.js")
    start = f'<base href="/addin/"><script src="{ajax}"></script>'
    found.set_data(text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{start}', 1))
    policy = found.headers["Content-Security-Policy"].replace("base-uri 'none'", "base-uri 'self'")
    found.headers["Content-Security-Policy"] = policy
    found.headers["Cache-Control"] = "no-store"
    return found


@outlook.get("/office/<path:name>")
@allow(PUBLIC)
def office(name: str) -> Response:
    """A file of office.js; where it asks for trust in its host, a page that gives it."""
    if name == "AgaveErrorUX/index.html":
        trust = current_app.extensions["files"].address("playground/outlook/trust.js")
        page = f'<!doctype html><title>Trust</title><script src="{trust}"></script>'
        policy = "default-src 'none'; script-src 'self'; frame-ancestors 'self'"
        return Response(page, headers={"Content-Security-Policy": policy})
    # Read whole: a window that is closed meanwhile would leave an open file behind.
    with send_from_directory(_library(), name, conditional=False) as found:
        found.direct_passthrough = False
        whole = Response(found.get_data(), headers=found.headers)
    whole.make_conditional(request)
    return whole


@outlook.post("/send")
@allow(WRITE)
def send() -> Response:
    """Hand a mail to the local mail host just as the window holds it."""
    form = request.form
    composed = outgoing.Composed(
        to=form.get("to", ""),
        cc="",
        subject=form.get("subject", ""),
        body=form.get("html", ""),
        is_html=True,
        opens=False,
        links=False,
        per_recipient=False,
    )
    smtp_port = the_settings().smtp_port
    message_id = outgoing.hand_over(composed, me(), smtp_port, _headers(form))
    hasten(me(), "mail")
    return answer({"message_id": message_id})


def _library() -> Path:
    found: Path = current_app.config.get("OFFICE_JS") or office_js.library()
    return found


def _headers(form: Mapping[str, str]) -> dict[str, str]:
    """What the add-in has put into the mail's header, and nothing else."""
    found = {
        name.removeprefix("header."): value
        for name, value in form.items()
        if name.startswith("header.x-")
    }
    fits = all(f"{name}{value}".isascii() and value.isprintable() for name, value in found.items())
    if len(found) > HEADERS or not fits:
        raise Invalid("problems.play_lines")
    return found
