"""Gmail's notices pulled: for an installation that nobody can call, by a service account's key."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

import pytest

from backend import clock, db
from backend.access.grants import SERVICE_KEY, grant_owner, notices_owner
from backend.capture.gmail_pulling import Puller
from backend.models.gmail_notices import GmailNotices
from backend.models.mailboxes import Mailbox, MailboxState
from backend.models.organisation_grants import OrganisationGrant
from backend.providers.pubsub import MOST
from tests.capture.letters import mailbox_of
from tests.fakes import pubsub as fake
from tests.fakes.provider import Provider
from tests.fakes.provider_door import serving
from tests.fakes.pubsub import SUBSCRIPTION, TOPIC, PubSub
from tests.waiting import wait_until

OFF = "Cloud Pub/Sub API has not been used in project 538 before or it is disabled. Enable it ..."
TOKEN = "the puller's access"


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """Who gives tokens to service accounts."""
    provider = Provider()
    with serving(provider, tmp_path_factory.mktemp("door")) as authority:
        yield provider, authority


@pytest.fixture
def key(door):
    """A service account's key."""
    door[0].lent["telltale@ours.iam.gserviceaccount.com"] = TOKEN
    return door[0].directory.new_key()


@pytest.fixture
def pubsub(google):
    return PubSub(google, subscribers={TOKEN})


@dataclass
class Pull:
    """Pulls once, in a thread: it takes connections of its own, and the world's is held."""

    puller: Puller
    pool: ThreadPoolExecutor

    def __call__(self):
        return self.pool.submit(self.puller.step).result()


@pytest.fixture
def pull(world, safe, door, pubsub):
    with fake.serving(pubsub) as url:
        places = {
            "google_pubsub_endpoint": url,
            "google_token_url": f"{door[0].url}/token",
            "provider_ca": door[1],
        }
        puller = Puller(world.settings.model_copy(update=places), safe)
        stopped = Event()
        stopped.set()
        with ThreadPoolExecutor(1) as pool:
            yield Pull(puller, pool)
            pool.submit(puller.run, stopped).result()  # which lets its connections go


@pytest.fixture
def notices(world, safe, key):
    made = GmailNotices.create(
        org_id=world.alice.org_id,
        mode="pull",
        topic=TOPIC,
        subscription=SUBSCRIPTION,
        account="telltale@ours.iam.gserviceaccount.com",
    )
    safe.put(notices_owner(made), SERVICE_KEY, key)
    return made


@pytest.fixture
def mailbox(world, notices):
    later = clock.now() + timedelta(minutes=9)
    return mailbox_of(world.alice, state=MailboxState.ACTIVE, next_sync_at=later)


def is_due():
    return Mailbox.get().next_sync_at <= clock.now()


def reason():
    return GmailNotices.get().reason


@pytest.mark.req("R42")
def test_what_is_pulled_marks_the_mailbox_due_and_is_acknowledged(pubsub, pull, mailbox):
    pubsub.publish()
    pubsub.publish("nobody@ours.test")
    pubsub.publish(data="%%%")

    assert pull() == 3

    assert is_due()
    assert pubsub.waiting == []
    assert (GmailNotices.get().ignored_count, reason()) == (2, "")


def test_no_more_is_taken_at_once_than_is_bounded(pubsub, pull, mailbox):
    for _ in range(MOST + 5):
        pubsub.publish()

    pull()
    assert len(pubsub.waiting) == 5
    pull()

    assert pubsub.waiting == []


def test_what_could_not_be_acknowledged_comes_again_and_does_nothing(pubsub, pull, mailbox):
    pubsub.loses_acknowledgements = True
    pubsub.publish()
    pull()
    assert is_due()
    assert len(pubsub.waiting) == 1
    Mailbox.update(next_sync_at=clock.now() + timedelta(minutes=9)).execute()
    pubsub.loses_acknowledgements = False
    pull.puller._not_before.clear()

    pull()

    assert not is_due()
    assert pubsub.waiting == []


def test_the_organisations_own_key_will_do(world, safe, pubsub, pull, mailbox, notices, key):
    safe.drop(notices_owner(notices))
    grant = OrganisationGrant.create(org_id=world.alice.org_id, provider="google", state="ready")
    safe.put(grant_owner(grant), SERVICE_KEY, key)
    pubsub.publish()

    pull()

    assert is_due()


def nobody(pubsub, _door):
    pubsub.subscribers.clear()


def off(pubsub, _door):
    pubsub.refusal = (403, "PERMISSION_DENIED", OFF)


def gone(_pubsub, _door):
    GmailNotices.update(subscription="projects/ours-crm/subscriptions/another").execute()


def away(pubsub, _door):
    pubsub.refusal = (503, "UNAVAILABLE", "The service was unable to fulfill your request.")


def key_gone(_pubsub, door):
    door[0].directory.keys.clear()


def no_key(_pubsub, _door):
    db.execute("DELETE FROM secret")


def sealed_otherwise(_pubsub, _door):
    db.execute("UPDATE secret SET name = 'service_key', envelope = 'v1.other.x'")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (nobody, "pull_forbidden"),
        (off, "pubsub_off"),
        (gone, "pull_missing"),
        (away, "UNAVAILABLE"),
        (key_gone, "invalid_grant"),
        (no_key, "service_key"),
        (sealed_otherwise, "secret_unopened"),
    ],
)
def test_what_fails_is_told_and_tried_again_after_a_while(pubsub, pull, mailbox, door, fault, told):
    fault(pubsub, door)
    pubsub.publish()

    pull()

    assert reason() == told
    assert not is_due()
    calls = len(pubsub.calls)
    pull()  # not at once
    assert len(pubsub.calls) == calls


def test_once_it_is_mended_it_is_tried_at_once(pubsub, pull, mailbox):
    nobody(pubsub, None)
    pull()
    pubsub.publish()

    pubsub.subscribers.add(TOKEN)
    GmailNotices.update(updated_at=clock.now()).execute()
    pull()

    assert (reason(), is_due()) == ("", True)


def test_nobody_is_asked_where_nothing_is_pulled(world, pubsub, pull):
    assert pull() == 0

    assert pubsub.calls == []


def test_the_worker_pulls_until_it_is_stopped(pubsub, pull, mailbox):
    stop = Event()
    loop = Thread(target=pull.puller.run, args=(stop,))
    loop.start()
    pubsub.publish()

    wait_until(lambda: pubsub.waiting == [], 30, "the pull")
    stop.set()
    loop.join(60)

    assert not loop.is_alive()
    assert is_due()
