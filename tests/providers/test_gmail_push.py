"""Gmail's watch: asked for, renewed and stopped, and what each refusal means.

Against `emulate`, which nobody of us wrote; it refuses no topic: refusals are our own fake's.
"""

from datetime import timedelta

import pytest
from google.oauth2.credentials import Credentials

from backend import clock
from backend.providers import gmail_push
from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.gmail_push import GmailPush
from backend.providers.kept import Access
from backend.providers.mail import NeedsAdmin, PlaceLost, TryLater
from backend.providers.push import Channel
from tests.fakes.gmail_watch import watching
from tests.fakes.listening import Quiet, listening
from tests.fakes.pubsub import TOPIC, PubSub
from tests.gmail_addon import mailbox as emulated
from tests.waiting import LOOPBACK

ASKED = Channel("mail", "", clock.now())
OTHER = "projects/ours-crm/topics/another"
ALICE = "alice@ours.test"


@pytest.fixture(scope="module")
def emulate(tmp_path_factory):
    with emulated.running(tmp_path_factory.mktemp("emulate")) as there:
        yield there


class Profile(Quiet):
    """As much of a Gmail as tells whose a token is."""

    def do_GET(self):
        self.send(200, b'{"emailAddress": "alice@ours.test", "historyId": "1"}')


@pytest.fixture
def there(google):
    with (
        listening(Profile) as port,
        watching(f"http://{LOOPBACK}:{port}", PubSub(google)) as found,
    ):
        yield found


@pytest.fixture
def opened(there):
    """Opens Alice's mailbox for a topic."""
    mail = GmailMailbox(Credentials("token"), there.url)
    yield lambda topic=TOPIC: GmailPush(mail.users, topic)
    mail.close()


def test_a_watch_is_begun_renewed_and_stopped_at_a_gmail_of_others(emulate):
    mail = GmailMailbox(Credentials(emulated.TOKENS[ALICE]), emulate.endpoint)
    push = GmailPush(mail.users, TOPIC)

    made = push.subscribe(ASKED)
    again = push.renew(made.provider_id, clock.now())
    push.end(made.provider_id)
    push.end(made.provider_id)
    mail.close()

    assert (made.provider_id, made.renew_after) == (TOPIC, timedelta(days=1))
    assert clock.now() < made.ends_at <= again.ends_at < clock.now() + timedelta(days=8)


def test_what_is_not_captured_is_not_told_of(there, opened):
    opened().subscribe(ASKED)

    watch = there.watches[ALICE]

    assert (watch["topicName"], watch["labelFilterBehavior"]) == (TOPIC, "exclude")
    assert watch["labelIds"] == ["DRAFT", "SPAM", "TRASH"]


def test_a_watch_with_another_topic_gives_way(there, opened):
    there.pubsub.publishers.add(OTHER)
    opened(OTHER).subscribe(ASKED)

    with pytest.raises(PlaceLost):
        opened().renew(OTHER, clock.now())
    opened().subscribe(ASKED)

    assert there.watches[ALICE]["topicName"] == TOPIC


@pytest.mark.parametrize(
    ("why", "topic", "code"),
    [
        ("Gmail may not publish", TOPIC, "topic_forbidden"),
        ("there is no such topic", OTHER, "topic_missing"),
        ("it is another project's", "projects/other/topics/gmail", "topic_elsewhere"),
    ],
)
def test_a_refused_topic_is_told_by_a_code_of_ours(there, opened, why, topic, code):
    there.pubsub.publishers.clear()

    with pytest.raises(NeedsAdmin) as refused:
        opened(topic).subscribe(ASKED)

    assert refused.value.code == code


def test_an_outage_is_one(there, opened):
    there.is_away = True

    with pytest.raises(TryLater):
        opened().subscribe(ASKED)
    with pytest.raises(TryLater):
        opened().end(TOPIC)


def test_a_watch_is_stopped_by_an_access_alone(there, opened):
    opened().subscribe(ASKED)

    gmail_push.stop(Access("token", int(clock.wall().timestamp()) + 600), there.url)

    assert there.watches == {}
