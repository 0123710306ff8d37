"""A Gmail mailbox that is told of: watched, renewed each day, captured without the poll, let go."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.access import mailboxes
from backend.access.connections import Clients
from backend.capture import gmail_notices, pushes
from backend.capture.running import Runner
from backend.models.gmail_notices import GmailNotices
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.pubsub import pushed
from tests.capture.letters import letter
from tests.capture.worker import connect, run_dry
from tests.fakes.gmail_watch import LIFE, watching
from tests.fakes.pubsub import PUSHER, SUBSCRIPTION, TOPIC, PubSub
from tests.world import CAROL

ALICE = "alice@ours.test"
OTHER = "projects/ours-crm/topics/another"


@pytest.fixture
def gmail(host, google):
    """A Gmail with watches."""
    with watching(host.gmail, PubSub(google)) as found:
        yield found


@pytest.fixture
def places(gmail, host):
    return {
        "google_gmail_endpoint": gmail.url,
        "google_calendar_endpoint": host.calendar,
        "google_token_url": host.token_url,
    }


@pytest.fixture
def runner(world, safe, places):
    return Runner(world.settings.model_copy(update=places), safe)


@pytest.fixture
def there(host):
    return host.world([])


@pytest.fixture
def notices(world):
    return GmailNotices.create(
        org_id=world.alice.org_id,
        mode="push",
        topic=TOPIC,
        subscription=SUBSCRIPTION,
        account=PUSHER,
    )


@pytest.fixture
def watched(world, safe, there, notices, runner):
    """Alice's mailbox, watched."""
    mailbox = connect(world, safe, "alice", there.token("alice"))
    run_dry(runner)
    return mailbox


def row():
    """Topic, end, next renewal and reason of the one that there is."""
    found = db.rows("SELECT provider_id, ends_at, next_at, reason FROM push_subscription")
    assert len(found) == 1
    return found[0]


def arrive(gmail, notices):
    """What was published is brought to us."""
    body = [gmail.pubsub.body(each) for each in gmail.pubsub.waiting]
    gmail.pubsub.waiting.clear()
    with db.transaction():
        return gmail_notices.take(notices, [pushed(each)[1] for each in body])


@pytest.mark.req("R42")
def test_a_mail_is_captured_as_soon_as_gmail_tells_of_it(
    gmail, there, runner, watched, notices, world
):
    arrive(gmail, notices)  # Gmail tells at once that the watch works
    run_dry(runner)
    assert Mailbox.get().next_sync_at - clock.now() > timedelta(minutes=9)

    there.send("carol", letter(CAROL, ALICE, "Pricing").as_bytes())
    assert runner.step() == 0  # nobody has told yet, and no look is due
    gmail.changed(ALICE)
    assert arrive(gmail, notices) == 1

    assert runner.step() == 1
    assert db.rows("SELECT subject, direction FROM email_message") == [("Pricing", "received")]


def test_a_watch_is_renewed_each_day(gmail, runner, watched):
    topic, ends_at, next_at, reason = row()
    assert (topic, reason) == (TOPIC, "")
    assert abs(ends_at - clock.now() - LIFE) < timedelta(minutes=1)
    assert abs(next_at - clock.now() - timedelta(days=1)) < timedelta(minutes=1)
    turn(runner)
    assert gmail.calls == [f"watch {ALICE}"]

    db.execute("UPDATE push_subscription SET next_at = %s", [clock.now()])
    turn(runner)

    assert gmail.calls == [f"watch {ALICE}"] * 2
    assert row()[2] > clock.now()


def turn(runner):
    runner.turn(Mailbox.get())


def test_a_refused_topic_is_told_and_the_mailbox_goes_on(
    gmail, there, runner, world, safe, notices
):
    gmail.pubsub.publishers.clear()
    connect(world, safe, "alice", there.token("alice"))

    run_dry(runner)

    assert row()[3] == "topic_forbidden"
    assert Mailbox.get().state == MailboxState.ACTIVE
    assert Mailbox.get().next_sync_at - clock.now() < timedelta(minutes=2)
    turn(runner)
    assert gmail.calls == [f"watch {ALICE}"]


def test_another_topic_takes_the_place_of_the_first(gmail, runner, watched, notices):
    gmail.pubsub.publishers.add(OTHER)
    notices.topic = OTHER
    notices.save()
    db.execute("UPDATE push_subscription SET next_at = NULL")

    turn(runner)

    assert row()[0] == gmail.watches[ALICE]["topicName"] == OTHER


def paused(world, _runner):
    mailboxes.pause(world.alice, Mailbox.get())


def kept_off(_world, _runner):
    Mailbox.update(capture_mode="off").execute()


def no_longer_told(_world, _runner):
    GmailNotices.delete().execute()


@pytest.mark.parametrize("ended", [paused, kept_off, no_longer_told])
def test_a_watch_that_nobody_wants_is_stopped(gmail, world, runner, watched, ended):
    ended(world, runner)

    assert runner.end_notices() == 1

    assert gmail.watches == {}
    assert db.rows("SELECT 1 FROM push_subscription") == []
    assert runner.end_notices() == 0


def test_one_that_cannot_be_stopped_now_is_tried_again_until_it_has_run_out(
    gmail, world, runner, watched
):
    mailboxes.pause(world.alice, Mailbox.get())
    gmail.is_away = True

    runner.end_notices()

    assert row()[3] == "ending"
    assert runner.end_notices() == 0
    db.execute("UPDATE push_subscription SET next_at = %s", [clock.now()])
    gmail.is_away = False
    runner.end_notices()
    assert gmail.watches == {}
    assert db.rows("SELECT 1 FROM push_subscription") == []


def test_one_that_is_resumed_is_watched_again(gmail, world, runner, watched):
    mailboxes.pause(world.alice, Mailbox.get())
    runner.end_notices()

    mailboxes.resume(world.alice, Mailbox.get())
    run_dry(runner)

    assert gmail.watches[ALICE]["topicName"] == TOPIC


def test_disconnecting_stops_the_watch_before_the_grant_goes(
    gmail, world, runner, watched, safe, places
):
    settings = world.settings.model_copy(update=places | {"google_issuer": gmail.url})

    mailboxes.disconnect(Clients(settings, safe), world.alice, Mailbox.get(), erase=False)

    assert gmail.watches == {}
    assert db.rows("SELECT 1 FROM push_subscription") == []


def test_one_whose_grant_is_gone_is_forgotten(gmail, world, runner, watched, safe):
    mailboxes.pause(world.alice, Mailbox.get())
    db.execute("DELETE FROM secret WHERE owner_type = 'mailbox'")

    runner.end_notices()

    assert db.rows("SELECT 1 FROM push_subscription") == []
    assert gmail.watches[ALICE]["topicName"] == TOPIC  # it runs out by itself


def test_where_nobody_set_it_up_gmail_is_not_asked(gmail, world, safe, there, runner):
    connect(world, safe, "alice", there.token("alice"))

    run_dry(runner)

    assert gmail.calls == []
    assert pushes.poll_after(Mailbox.get().id, timedelta(seconds=60), clock.now()) == timedelta(
        seconds=60
    )
