"""A browser that goes to the provider and comes back, and an app that knows the provider."""

import html
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from backend import db
from backend.access import connections
from backend.access.connections import Keys
from backend.access.members import Admin
from backend.models.mailboxes import Connection
from tests.fakes.provider import CLIENT_ID, SECRET, TENANT, Person, Provider
from tests.fakes.provider_door import serving
from tests.serving import app_of, standing
from tests.web.browsing import Browser, browser_of, send

PUBLIC_URL = "http://127.0.0.1:8000"


@dataclass
class Travel:
    """An app, the provider it knows, and the way between them."""

    app: Any
    provider: Provider
    authority: str
    world: Any

    def connect(self, name: str = "google", **changes: Any) -> Connection:
        """The organisation's connection, ready, and registered at the provider."""
        ada = self.world.users["ada"]
        self.provider.redirect_uris.add(f"{PUBLIC_URL}/oauth/{name}")
        tenant = TENANT if name == "microsoft" else "ours.test"
        keys = replace(Keys(CLIENT_ID, tenant, SECRET, allows_signin=True), **changes)
        safe = self.app.extensions["safe"]
        made = connections.save(Admin(ada.org_id, ada.id, ada.email), name, keys, safe)
        connections.note(made, connections.State.READY)
        return made

    def browser(self, name: str = "alice") -> Browser:
        """A browser in which that user is signed in."""
        return browser_of(self.app, self.world.users[name])

    def leave(self, left: Any) -> str:
        """Where the page leads to."""
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', left.text)
        assert found, left.text
        return html.unescape(found[1])

    def visit(self, url: str) -> str:
        """What the provider sends the browser back to: path and query."""
        answer = requests.get(url, allow_redirects=False, verify=self.authority, timeout=30)
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def round_trip(self, client: Any, left: Any) -> Any:
        """There and back: our answer to the provider's."""
        return client.get(self.visit(self.leave(left)))

    def sign_in(self, client: Any, connection: Connection) -> Any:
        """A whole sign-in by the provider."""
        return self.round_trip(client, send(client, f"/signin/with/{connection.id}"))

    def link(self, browser: Browser, name: str = "google") -> Any:
        """Link the provider's person to the browser's user."""
        return self.round_trip(browser.client, browser.post(f"/console/account/link/{name}"))

    def connect_mailbox(self, browser: Browser, name: str = "google") -> Any:
        """Consent to a mailbox."""
        left = browser.post(f"/console/mailboxes/connect/{name}")
        return self.round_trip(browser.client, left)

    def kept(self) -> str:
        """Everything that the database keeps of grants and flows."""
        return str([db.rows(f"SELECT * FROM {name}") for name in ("secret", "mailbox", "identity")])


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    """One provider for the module, on a port of its own."""
    provider = Provider()
    with serving(provider, tmp_path_factory.mktemp("provider")) as authority:
        yield provider, str(authority)


@pytest.fixture(scope="module")
def travelling_app(settings, store, fake):
    """An app whose settings name the provider."""
    provider, authority = fake
    names = ("google_issuer", "google_gmail_endpoint", "microsoft_authority", "graph_url")
    update = dict.fromkeys(names, provider.url) | {"provider_ca": authority}
    update["google_token_url"] = f"{provider.url}/token"
    with app_of(settings.model_copy(update=update), store) as made:
        yield made


@pytest.fixture
def travel(travelling_app, fake, world, store):
    """The way between the app and the provider, which is as it should be at first."""
    provider, authority = fake
    fresh = Provider()
    for name in Provider.__dataclass_fields__:
        if name not in {"url", "key"}:
            setattr(provider, name, getattr(fresh, name))
    provider.person = Person()
    with standing(travelling_app, store):
        yield Travel(travelling_app, provider, authority, world)
        provider.held.set()
