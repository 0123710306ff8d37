"""The Flask application: the one place where its parts are wired."""

from http import HTTPStatus
from pathlib import Path

import orjson
from flask import Response, current_app
from flask.json.provider import JSONProvider
from flask_openapi import Info, OpenAPI

from backend import db, settings
from backend.access.safe import Safe
from backend.providers import endpoints
from backend.providers.entra import Entra
from backend.providers.google_tokens import IdTokens
from backend.providers.keys import SigningKeys
from backend.providers.vault import open_vault
from backend.settings import Settings
from backend.tracking.drafts import Host
from backend.web import (
    addin,
    approving,
    bodies,
    console,
    cors,
    docs,
    exclusions,
    feed,
    files,
    health,
    mailbox_progress,
    mailboxes,
    messages,
    oauth,
    outlook,
    own_access,
    own_account,
    pairing,
    payloads,
    permissions,
    preferences,
    preferences_pages,
    problems,
    recipient_help,
    screens,
    search,
    setup,
    signin,
    stamps,
    webhooks,
    welcome,
    why,
)
from backend.web.admin.routes import APIS as ADMIN_APIS
from backend.web.admin.routes import PAGES as ADMIN_PAGES
from backend.web.people.routes import APIS as PEOPLE_APIS
from backend.web.people.routes import PAGES as PEOPLE_PAGES
from gmail_addon import routes as gmail_addon

ROOT = Path(__file__).resolve().parent.parent
# Whoever waits for a page has given up by then; the drain and the commands wait longer.
STATEMENT_S = 5.0

PAGES = (
    health.pages,
    setup.pages,
    welcome.pages,
    signin.pages,
    own_account.pages,
    *ADMIN_PAGES,
    recipient_help.pages,
    oauth.pages,
    mailboxes.pages,
    webhooks.pages,
    exclusions.pages,
    messages.pages,
    why.pages,
    console.pages,
    *PEOPLE_PAGES,
    preferences_pages.pages,
    approving.pages,
    outlook.pages,
)
APIS = (
    stamps.api,
    feed.api,
    search.api,
    *PEOPLE_APIS,
    *ADMIN_APIS,
    preferences.api,
    own_access.api,
    messages.api,
    mailbox_progress.api,
    pairing.api,
    outlook.api,
    docs.api,
)

HSTS_S = 365 * 24 * 3600  # a year; the subdomains of a customer's domain are not ours to bind
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


class OrjsonProvider(JSONProvider):
    """JSON by orjson: strict, and not brought down by 100,000 nested brackets."""

    def dumps(self, obj: object, **_options: object) -> str:
        """JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_options: object) -> object:
        """The value; raises ValueError on anything that is not strict JSON."""
        return orjson.loads(s)


def create_app(given: Settings | None = None) -> OpenAPI:
    """The application on the database that the settings name. Raises SettingsError."""
    chosen = given or settings.load()
    app = OpenAPI(
        "telltale",
        info=Info(title="Telltale", version="1"),
        doc_ui=False,
        validation_error_status=HTTPStatus.UNPROCESSABLE_ENTITY,
        validation_error_model=problems.Problem,
        validation_error_callback=problems.of_validation,
        security_schemes=docs.SECURITY_SCHEMES,
        openapi_extensions={"security": docs.SECURITY},
        static_folder=None,
        template_folder=str(ROOT / "console" / "templates"),
    )
    app.debug = chosen.flask_debug  # Flask by itself takes "off" for on
    app.json = OrjsonProvider(app)
    app.url_map.converters["id"] = payloads.IdConverter
    app.url_map.merge_slashes = False  # it redirects to wherever the Host header says
    app.config.update(SETTINGS=chosen, HOST=Host.of(chosen))
    endpoints.require_allowed(chosen)
    app.extensions["safe"] = Safe(open_vault(chosen))
    app.extensions["entra"] = Entra.of(chosen)
    app.extensions["google_tokens"] = IdTokens(SigningKeys(chosen.google_certs_url))
    screens.equip(app)
    files.equip(app)
    app.extensions["store"] = db.open_store(chosen, STATEMENT_S)
    problems.register(app)
    permissions.enforce(app, chosen.secret)
    bodies.enforce(app)
    cors.enforce(app, chosen.public_url)
    app.after_request(_add_headers)
    app.teardown_request(_give_back)
    _register_parts(app, chosen)
    permissions.require_declared(app)
    return app


def _register_parts(app: OpenAPI, chosen: Settings) -> None:
    for api in APIS:
        app.register_api(api)
    gmail_addon.equip(app, chosen, app.config["HOST"])
    for pages in PAGES:
        app.register_blueprint(pages)
    addin.equip(app)
    if chosen.playground:
        from playground.site import BLUEPRINTS

        for pages in BLUEPRINTS:
            app.register_blueprint(pages)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SETTINGS"].is_public:
        response.headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"
    return response


def _give_back(_error: BaseException | None) -> None:
    if not db.database.is_closed():
        db.database.close()
