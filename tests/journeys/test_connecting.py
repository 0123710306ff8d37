"""A new installation in Chromium: first admin, Google set up wrongly and mended, a rep connects."""

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.access import setup, totp
from backend.app import create_app
from backend.models.access import caller_of_session
from backend.models.mailboxes import Mailbox
from backend.models.schema import migrate
from backend.settings import Settings
from tests.browser import TIMEOUT_MS
from tests.fakes.provider import CLIENT_ID, SECRET, Person, Provider
from tests.fakes.provider_door import serve
from tests.serving import serving
from tests.waiting import free_port
from tests.world import SECRET as MASTER

PASSWORD = "copper lantern on a quiet hill"


@pytest.fixture
def provider(tmp_path):
    """A provider at which another redirect address is registered than ours."""
    made = Provider(redirect_uris={"https://old.example.test/callback"})
    made.person = Person(email="first@ours.test")
    server, authority = serve(made, tmp_path)
    yield made, authority
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(tmp_path, provider):
    """A new installation that knows the provider: its address, and the code of its console."""
    made, authority = provider
    port = free_port()
    settings = Settings(
        data_dir=tmp_path / "data", secret=MASTER, port=port, playground=False,
        google_issuer=made.url, google_gmail_endpoint=made.url, provider_ca=authority,
    )  # fmt: skip
    before = db.database.obj
    app = create_app(settings)
    migrate(settings)
    with db.connection():
        code = setup.new_code()
    store = app.extensions["store"]
    with serving(app, store, port) as url:
        yield url, code, settings
    store.close_all()
    if before is not None:
        db.database.initialize(before)


@pytest.fixture
def page(browser):
    """A browser that takes the provider's certificate, whose authority only the app knows."""
    context = browser.new_context(locale="en-GB", ignore_https_errors=True)
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


def second_factor_of(page, settings):
    cookie = next(each["value"] for each in page.context.cookies() if "session" in each["name"])
    with db.connection():
        secret = totp.secret_of(settings.secret, caller_of_session(cookie).session_id)
    return totp.code_at(secret, totp.step_of(clock.wall()))


def set_up(page, url, code, settings):
    page.goto(url)
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Organisation").fill("Ours")
    page.get_by_label("Your name").fill("First")
    page.get_by_label("E-mail address").fill("first@ours.test")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Make the first admin").click()
    page.get_by_label("Six digits from the app").fill(second_factor_of(page, settings))
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("link", name="I have kept them").click()


def connect_google(page, url, fake):
    """Paste the keys, hear what is wrong, mend it at the provider, and try a mailbox."""
    page.goto(f"{url}/console/admin/connections/google")
    redirect_uri = page.get_by_label("Redirect address").input_value()
    assert redirect_uri == f"{url}/oauth/google"
    page.get_by_label("Client id").fill(CLIENT_ID)
    page.get_by_label("Your Workspace domain").fill("ours.test")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("alert")).to_contain_text("does not know this redirect address")
    fake.redirect_uris = {redirect_uri}
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("status")).to_contain_text("knows this client")
    page.get_by_role("button", name="Try it at Google").click()
    expect(page.get_by_role("status")).to_contain_text("The mailbox answered")


@pytest.mark.req("R79", "R80")
def test_from_the_first_start_to_a_connected_mailbox(site, provider, page):
    url, code, settings = site
    fake, _ = provider
    set_up(page, url, code, settings)
    connect_google(page, url, fake)

    page.goto(f"{url}/console/mailboxes")
    page.get_by_role("button", name="Continue to Google").click()
    expect(page.get_by_role("status")).to_contain_text("Connected")
    page.get_by_text("Disconnect", exact=True).first.click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("The grant is withdrawn")

    assert len(fake.revoked) == 1
    with db.connection():
        assert Mailbox.get().state == "disconnected"
    assert page.goto(f"{url}/setup").status == 404
