"""The playground as it runs: an app that answers over HTTP, and a mail host beside it."""

import shutil

import pytest
from google.oauth2.credentials import Credentials

from backend.models.access import Scope, issue_token
from backend.models.preferences import remember_choice
from backend.settings import Settings
from playground.google import API, Google
from playground.inboxes import Inboxes
from tests.playground.hosting import mail_host_of
from tests.screens import ENDLESS_PATIENCE, THEMES, signed_in, violations_in
from tests.serving import app_of, serving, standing
from tests.waiting import free_port
from tests.world import SECRET


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory):
    port = free_port(following=1)
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        secret=SECRET,
        playground=True,
        port=port,
        smtp_port=free_port(),
    )


@pytest.fixture(scope="module")
def site(settings, store):
    """The app, listening: the playground calls its API as any client would."""
    with (
        app_of(settings, store) as app,
        serving(app, store, settings.port),
        mail_host_of(settings),
    ):
        yield app


@pytest.fixture
def client(site, world, store):
    with standing(site, store):
        yield site.test_client()


@pytest.fixture
def google(settings):
    """The playground's own Google."""
    return Google.kept(settings.data_dir / "playground")


@pytest.fixture
def opened(settings, client, google):
    """Opens what one of the product's readers reads there, with alice's token for these scopes."""
    made = []

    def by(reader, *scopes, email="alice@ours.test"):
        credentials = Credentials(google.oauth_token(email, scopes))
        made.append(reader(credentials, f"{settings.public_url}{API}"))
        return made[-1]

    yield by
    for each in made:
        each.close()


# What Microsoft's library does that our policy refuses: styles of its own, and its telemetry.
HARMLESS = ("inline style", "aria.microsoft.com", "status of 401", "status of 400")


@pytest.fixture
def url(site, settings, world):
    return settings.public_url


@pytest.fixture
def inboxes(settings):
    """The mail host's mailboxes, all of them empty."""
    shutil.rmtree(settings.data_dir / "playground", ignore_errors=True)
    return Inboxes.of(settings)


# The handler and its Outlook wait for nothing longer than some seconds, and then let the mail go as
# it is; so does the panel with what it does by the handler's functions, and it gives Outlook twelve
# to say whose mailbox it is. On a machine that has much else to do, or while a test holds a call
# back, they have ten times as long: for them time is slow.
SLOW_TIME = """{
    const set = setTimeout, now = Date.now, begun = now();
    const slow = (isPatience) => {
        globalThis.setTimeout = (run, ms, ...more) =>
            set(run, isPatience(ms) ? ms * 10 : ms, ...more);
    };
    if (/outlook.addin.taskpane.html$/.test(location.pathname)) {
        slow((ms) => (ms >= 1500 && ms < 4000) || ms === 12000);
    } else if (/outlook(.addin.events.html)?$/.test(location.pathname)) {
        slow((ms) => ms >= 1500);
        Date.now = () => begun + Math.floor((now() - begun) / 10);
    }
}"""


@pytest.fixture
def outlook(page, url, world, console_errors):
    """The browser of a signed-in rep whose mailbox is not connected yet."""
    page.add_init_script(SLOW_TIME)
    page.add_init_script(ENDLESS_PATIENCE)  # a call that is held back is not given up meanwhile
    page.set_viewport_size({"width": 1400, "height": 1000})
    yield signed_in(page, url, world.alice)
    console_errors[:] = [each for each in console_errors if not any(h in each for h in HARMLESS)]


@pytest.fixture
def connected(outlook, world, settings, url):
    """The same, connected, with tracking on as the last choice."""
    remember_choice(world.alice.id, opens=True, links=True)
    kept = {
        "base": settings.public_url,
        "tracking": settings.tracking_url,
        "token": issue_token(world.alice, Scope.STAMP),
        "words": {"on": "Tracking is on"},
    }
    outlook.goto(f"{url}/pair")  # any page: what is kept is the whole site's
    outlook.evaluate(
        """([kept, token]) => {
            const text = JSON.stringify(kept);
            localStorage.setItem("playground.outlook.roaming", JSON.stringify({telltale: text}));
            localStorage.setItem("telltale.read_token.alice@ours.test", token);
        }""",
        [kept, issue_token(world.alice, Scope.READ)],
    )
    return outlook


# A tab's name that takes two lines.
BROKEN = "[...document.querySelectorAll('[role=tab] > span')].some(it => it.offsetHeight > 30)"


@pytest.fixture
def faults(eyes):
    """What axe-core finds in the panel as it stands, in every look."""

    def look(page, name):
        frame = next(each for each in page.frames if "taskpane" in each.url)
        told, shapes = [], set()
        for theme, media in THEMES.items():
            page.emulate_media(**media, reduced_motion="reduce")
            told += [f"{name} {theme}: {each}" for each in violations_in(frame, shapes)]
            if frame.evaluate("document.documentElement.scrollWidth > innerWidth"):
                told.append(f"{name} {theme}: scrolls sideways")
            if frame.evaluate(BROKEN):
                told.append(f"{name} {theme}: a tab's name is broken")
            if eyes.pictures:
                eyes.pictures.mkdir(parents=True, exist_ok=True)
                shown = page.locator("#side iframe")
                shown.screenshot(path=eyes.pictures / f"outlook-{name}-{theme}.png")
        page.emulate_media(**THEMES["light"])
        return told

    return look
