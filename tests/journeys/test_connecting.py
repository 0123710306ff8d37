"""A new installation in Chromium: first admin, providers wrongly set up and mended, mailboxes."""

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.access import setup, totp
from backend.app import create_app
from backend.capture import erasing
from backend.models.access import caller_of_session
from backend.models.mailboxes import Mailbox
from backend.models.schema import migrate
from backend.settings import Settings
from tests.browser import TIMEOUT_MS
from tests.fakes import provider_door
from tests.fakes.provider import CLIENT_ID, SECRET, TENANT, Person, Provider
from tests.serving import serving
from tests.waiting import free_port
from tests.world import SECRET as MASTER

PASSWORD = "copper lantern on a quiet hill"


@pytest.fixture
def provider(tmp_path):
    """A provider at which another redirect address is registered than ours."""
    made = Provider(redirect_uris={"https://old.example.test/callback"})
    made.person = Person(email="first@ours.test")
    with provider_door.serving(made, tmp_path) as authority:
        yield made, authority


@pytest.fixture
def site(tmp_path, provider):
    """A new installation that knows the provider: its address, and the code of its console."""
    made, authority = provider
    port = free_port()
    settings = Settings(
        data_dir=tmp_path / "data", secret=MASTER, port=port, playground=False,
        google_issuer=made.url, google_gmail_endpoint=made.url, provider_ca=authority,
        google_token_url=f"{made.url}/token", microsoft_authority=made.url, graph_url=made.url,
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


def connect_microsoft(page, url, fake):
    """Paste the keys with another tenant's id, hear it, mend it, and try a mailbox."""
    page.goto(f"{url}/console/admin/connections/microsoft")
    fake.redirect_uris = {page.get_by_label("Redirect address").input_value()}
    page.get_by_label("Client id").fill(CLIENT_ID)
    page.get_by_label("Directory (tenant) id").fill(TENANT)
    page.get_by_label("Client secret").fill("the-id-of-the-secret")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("alert")).to_contain_text("does not know this client id with this")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("status")).to_contain_text("knows this client")
    page.get_by_role("button", name="Try it at Microsoft").click()
    expect(page.get_by_role("status")).to_contain_text("The mailbox answered")


def open_for_all(page, url, fake):
    """Give the app the boss's mailbox too, hear that this is too wide, mend it, capture all."""
    fake.directory.people |= {"first@ours.test", "boss@ours.test"}
    fake.directory.assigned = {"first@ours.test"}
    page.goto(f"{url}/console/admin/connections/microsoft/organisation")
    page.get_by_label("Mailbox to test with").fill("first@ours.test")
    page.get_by_label("Mailbox that must stay closed").fill("boss@ours.test")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Or let it open every mailbox").click()
    page.get_by_role("button", name="Grant admin consent at Microsoft").click()
    expect(page.get_by_role("status")).to_contain_text("an admin consented")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("alert")).to_contain_text("it can open every mailbox")
    fake.directory.roles.clear()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("status")).to_contain_text("It works")
    page.get_by_label("Everybody, and whoever comes later").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status")).to_contain_text("Saved")


@pytest.mark.req("R79", "R80")
def test_microsoft_by_ones_own_consent_and_for_the_whole_organisation(site, provider, page):
    url, code, settings = site
    fake, _ = provider
    set_up(page, url, code, settings)
    connect_microsoft(page, url, fake)

    page.goto(f"{url}/console/mailboxes")
    page.get_by_role("button", name="Continue to Microsoft").click()
    expect(page.get_by_role("status")).to_contain_text("Connected")
    page.get_by_text("Disconnect", exact=True).first.click()
    page.get_by_label("Delete it").check()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("could not be withdrawn")
    with db.connection():
        while erasing.step():  # the worker's part
            pass

    open_for_all(page, url, fake)
    page.goto(f"{url}/console/mailboxes")
    page.get_by_text("Switch off", exact=True).first.click()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("Switched off")
    page.get_by_role("button", name="Switch on again").click()
    expect(page.get_by_role("status")).to_contain_text("Switched on again")

    with db.connection():
        mailbox = Mailbox.get()
    assert (mailbox.state, mailbox.granted_by) == ("connecting", "organisation")
