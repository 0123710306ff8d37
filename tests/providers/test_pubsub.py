"""Pub/Sub's REST API as it is pulled: what was told, and what is none of Gmail's."""

import pytest
from google.oauth2.credentials import Credentials

from backend.providers.pubsub import SUBSCRIPTION, TOPIC, Pulled, Subscription, Told, pushed
from tests.fakes import pubsub as fake
from tests.fakes.pubsub import PubSub


@pytest.fixture
def pubsub(google):
    return PubSub(google, subscribers={"token"})


@pytest.fixture
def subscription(pubsub):
    with fake.serving(pubsub) as url:
        opened = Subscription(fake.SUBSCRIPTION, Credentials("token"), url)
        yield opened
        opened.close()


def test_what_is_pulled_stays_until_it_is_acknowledged(pubsub, subscription):
    pubsub.publish("Alice@Ours.test")
    pubsub.publish(data="%%%")

    pulled = subscription.pull()

    assert [each and each.address for each in pulled.messages] == ["alice@ours.test", None]
    assert len(pubsub.waiting) == 2
    subscription.acknowledge(pulled)
    assert pubsub.waiting == []


def test_where_nothing_waits_the_answer_is_empty(pubsub, subscription):
    assert subscription.pull() == Pulled()

    pubsub.publish()

    assert len(subscription.pull().messages) == 1


@pytest.mark.parametrize("alphabet", ["+/", "-_"])
def test_data_is_read_in_either_alphabet(pubsub, alphabet):
    data = fake.data_of({"emailAddress": "alice@ours.test", "more": "~~~~~~~~~???????"})
    message = pubsub.publish(data=data.translate(str.maketrans("+/", alphabet)))
    assert set(alphabet) <= set(message["data"])

    found = pushed(pubsub.body(message))

    assert found == (fake.SUBSCRIPTION, Told(message["messageId"], "alice@ours.test"))


@pytest.mark.parametrize(
    ("name", "is_topic", "is_subscription"),
    [
        (fake.TOPIC, True, False),
        (fake.SUBSCRIPTION, False, True),
        ("projects/example.com:ours/topics/mail", True, False),
        ("gmail", False, False),
        ("projects/ours-crm/topics/", False, False),
        ("projects/ours-crm/topics/gmail/more", False, False),
        ("projects/ours-crm/topics/gmail:publish", False, False),
        ("projects/ours-crm/topics/a b", False, False),
        ("projects/Ours/topics/gmail", False, False),
        ("//pubsub.googleapis.com/projects/ours-crm/topics/gmail", False, False),
    ],
)
def test_whole_names_are_told_from_others(name, is_topic, is_subscription):
    assert bool(TOPIC.fullmatch(name)) == is_topic
    assert bool(SUBSCRIPTION.fullmatch(name)) == is_subscription
