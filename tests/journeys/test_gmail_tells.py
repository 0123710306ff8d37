"""From the admin's page to the mail: Gmail tells, Pub/Sub pushes, the worker takes it in."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture.running import Runner
from backend.models.mailboxes import Mailbox
from backend.settings import Settings
from tests.capture.letters import letter
from tests.capture.worker import connect, run_dry
from tests.fakes.gmail_watch import watching
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC, PubSub
from tests.gmail_addon.certs import serving
from tests.web.browsing import browser_of
from tests.world import CAROL, SECRET

PUBLIC_URL = "https://telltale.ours.test"
NOTICES = "/console/admin/connections/google/notices"
ALICE = "alice@ours.test"


@pytest.fixture(scope="module")
def database_url():
    return ""  # both engines are asked in tests/capture


@pytest.fixture(scope="module")
def settings(tmp_path_factory, google):
    with serving(google.certs()) as certs:
        yield Settings(
            data_dir=tmp_path_factory.mktemp("data"),
            secret=SECRET,
            playground=False,
            public_url=PUBLIC_URL,
            google_certs_url=certs.url,
        )


@pytest.fixture
def gmail(host, google):
    """A Gmail with watches, and the Pub/Sub that it tells."""
    with watching(host.gmail, PubSub(google, f"{PUBLIC_URL}/webhooks/gmail")) as found:
        yield found


@pytest.fixture
def runner(world, safe, host, gmail):
    places = {
        "google_gmail_endpoint": gmail.url,
        "google_calendar_endpoint": host.calendar,
        "google_token_url": host.token_url,
    }
    return Runner(world.settings.model_copy(update=places), safe)


@pytest.mark.req("R42")
def test_a_mail_is_taken_in_before_anybody_has_asked_for_it(
    app, client, world, host, safe, gmail, runner
):
    def push(**claims):
        return gmail.pubsub.push(
            lambda body, headers: (
                client.post("/webhooks/gmail", data=body, headers=headers).status_code
            ),
            **claims,
        )

    ada, alice = (browser_of(app, world.users[name]) for name in ("ada", "alice"))
    there = host.world([])
    connect(world, safe, "alice", there.token("alice"))
    run_dry(runner)
    assert gmail.watches == {}

    # An admin has run the page's commands, fills in what they made, and tests.
    ada.post(NOTICES, mode="push", topic=TOPIC, subscription=SUBSCRIPTION, account=PUSHER)
    ada.post(f"{NOTICES}/test")
    run_dry(runner)
    assert push() == [204]
    run_dry(runner)
    assert "Notices come." in ada.get(NOTICES).text
    assert "On, last" in alice.get("/console/mailboxes").text
    assert Mailbox.get().next_sync_at - clock.now() > timedelta(minutes=9)

    there.send("carol", letter(CAROL, ALICE, "Pricing").as_bytes())
    gmail.changed(ALICE)
    assert push(email="mallory@evil.iam.gserviceaccount.com") == [403]
    assert runner.step() == 0
    assert push() == [204]

    assert runner.step() == 1
    assert db.rows("SELECT subject FROM email_message") == [("Pricing",)]
