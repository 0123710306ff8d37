"""Gmail as the add-on meets it: its keys on a local server, its calls by a test client."""

import pytest

from backend.access import identities
from backend.providers.openid import Account
from backend.settings import Settings
from playground.google import CLIENT_ID, ISSUER, SERVICE_ACCOUNT
from tests.gmail_addon import contract
from tests.gmail_addon.calling import PUBLIC_URL, Caller
from tests.gmail_addon.certs import serving
from tests.serving import standing
from tests.world import SECRET


@pytest.fixture(scope="module")
def database_url():
    """SQLite; what differs by engine lies below the add-on (test_compose asks both)."""
    return ""


@pytest.fixture(scope="module")
def certs(google):
    """A server that publishes them."""
    with serving(google.certs()) as server:
        yield server


@pytest.fixture(scope="module")
def endpoint():
    """Where Gmail's API is: nowhere, but for modules with a mailbox."""
    return "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory, certs, endpoint):
    """An installation on https with its add-on set up."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        secret=SECRET,
        playground=False,
        public_url=PUBLIC_URL,
        tracking_url="https://track.ours.test",
        google_certs_url=certs.url,
        gmail_addon_endpoint=endpoint,
        gmail_addon_service_account=SERVICE_ACCOUNT,
        gmail_addon_client_id=CLIENT_ID,
    )


@pytest.fixture
def gmail(app, world, store, google):
    """Gmail, on behalf of alice, whose Google account is linked."""
    with standing(app, store):
        link(world.alice)
        yield Caller(app.test_client(), google, check=contract.check)


def link(user):
    """Say that the user's Google account is hers, as the page does."""
    account = Account(ISSUER, f"sub of {user.email}", user.email)
    identities.link(user, "google", account, is_way_in=False)
