"""The Outlook add-in's files: the two pages Outlook opens, the handler, the manifest.

    /addin/taskpane.html, events.html, events.js     fixed addresses, as the manifest names them
    /addin/assets/<name>                             pictures
    /addin/v/<hash>/<addin|console>/static/<path>    scripts and styles, by the hash of them all
    /addin/manifest.xml                              the template addin/manifest.xml, filled in
    /.well-known/microsoft-officeaddins-allowed.json says which script may call us (classic Windows)

Only these pages may be framed, by Outlook's hosts; all of it but the manifest is answered while the
database is away, since Outlook asks its user about every mail that it cannot load the handler for.
"""

import hashlib
from collections.abc import Mapping
from html import escape
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import NotFound
from backend.models.manifests import addin_id, number_of
from backend.providers.entra import Entra
from backend.settings import Settings
from backend.web import doors, problems
from backend.web.files import FOLDER, FOR_A_YEAR, Tree, answer, read_tree
from backend.web.forms import lead_to
from backend.web.permissions import ANYONE, PUBLIC, allow
from backend.words import CATALOGUES

pages = Blueprint("addin", __name__)

ADDIN = FOLDER.parent.parent / "addin"
# Source: tried with the real library: office.js comes from the first, and loads MicrosoftAjax.js
# from the second.
OFFICE_SCRIPTS = "https://appsforoffice.microsoft.com https://ajax.aspnetcdn.com"
# Long enough to bridge an outage, short enough that an update is everywhere within minutes.
BRIDGED = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"


def equip(app: Flask) -> None:
    """Read the add-in's files and serve them."""
    app.extensions["addin"] = read_tree(ADDIN / "static")
    app.register_blueprint(pages)


@pages.get("/addin/taskpane.html")
@allow(ANYONE)
def taskpane() -> Response:
    """The panel's page."""
    return page("taskpane.html")


@pages.get("/addin/events.html")
@allow(ANYONE)
def events_page() -> Response:
    """The page that runs the handler where Outlook has a browser for it."""
    return page("events.html")


@pages.get("/addin/events.js")
@allow(ANYONE)
def events_script() -> Response:
    """The handler, at the address that the manifest and the well-known file name."""
    response = answer(_tree(), "events.js", BRIDGED)
    response.add_etag()
    response.make_conditional(request)
    return response


@pages.get("/addin/assets/<name>")
@allow(ANYONE)
def asset(name: str) -> Response:
    """One of the pictures."""
    return answer(_tree(), f"assets/{name}", BRIDGED)


@pages.get("/addin/v/<version>/<room>/static/<path:name>")
@allow(ANYONE)
def versioned(version: str, room: str, name: str) -> Response:
    """A script or style of the panel or of the web Feed, whose modules the panel shares."""
    trees = {"addin": _tree(), "console": cast("Tree", current_app.extensions["files"])}
    if room not in trees:
        raise NotFound("problems.no_file")
    return answer(trees[room], name, FOR_A_YEAR if version == tree_hash() else "no-cache")


@pages.get("/addin/help.html")
@allow(ANYONE)
def help_page() -> AnyResponse:
    """Where the manifest's support link leads."""
    return lead_to(f"{doors.the_settings().public_url}/console/outlook")


@pages.get("/addin/manifest.xml")
@allow(PUBLIC)
def manifest() -> Response:
    """The manifest for this installation's public address."""
    settings = doors.the_settings()
    digest = hashlib.sha256(rendered(settings, 0).encode()).hexdigest()
    text = rendered(settings, number_of(digest))
    return Response(text, content_type="application/xml; charset=utf-8")


@pages.get("/.well-known/microsoft-officeaddins-allowed.json")
@allow(ANYONE)
def allowed() -> Response:
    """Which script classic Outlook on Windows lets call this origin: the manifest's handler."""
    return problems.answer({"allowed": [f"{doors.the_settings().public_url}/addin/events.js"]})


def rendered(settings: Settings, number: int) -> str:
    """The manifest's text with that version number."""
    parts = urlsplit(settings.public_url)
    template = current_app.jinja_env.from_string((ADDIN / "manifest.xml").read_text())
    return template.render(
        id=addin_id(settings.secret),
        version=f"1.0.{number}.0",
        base=settings.public_url,
        origin=f"{parts.scheme}://{parts.netloc}",
        tell=_manifest_words,
    )


def page(name: str, scripts: str = OFFICE_SCRIPTS, frames: str = "'none'") -> Response:
    """One of the add-in's pages with the headers it needs; it runs scripts of those origins too."""
    text = _tree().files[name].plain.decode().replace("{version}", tree_hash())
    text = text.replace("{entra}", _entra())
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(scripts, frames)
    response.headers["Cache-Control"] = BRIDGED
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def tree_hash() -> str:
    """The hash of every script and style of the panel, of which any change is a new address."""
    console = cast("Tree", current_app.extensions["files"])
    return f"{_tree().version}{console.version}"


def _entra() -> str:
    """What Microsoft's sign-in needs, as an attribute's text; empty without an app."""
    entra: Entra | None = current_app.extensions["entra"]
    return escape(f"{entra.client_id} {entra.login}") if entra else ""


def _policy(scripts: str, frames: str) -> str:
    settings = doors.the_settings()
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self'; frame-src {frames}; form-action 'none'; base-uri 'none';"
        f" object-src 'none'; frame-ancestors 'self' {settings.outlook_hosts}"
    )


def _manifest_words(language: str) -> Mapping[str, object]:
    prefix = "outlook.manifest."
    return {
        key.removeprefix(prefix): text
        for key, text in CATALOGUES[language].items()
        if key.startswith(prefix)
    }


def _tree() -> Tree:
    return cast("Tree", current_app.extensions["addin"])
