"""What the Feed says of mail that was sent untracked."""

from datetime import timedelta

import pytest

from backend import clock
from backend.insights import untracked
from tests.capture.letters import letter, mailbox_of, take
from tests.insights.test_captured_mail import viewer_of
from tests.world import CAROL, DANA


def told(user):
    return [(each["subject"], each["reason"]) for each in untracked.latest(viewer_of(user))]


@pytest.mark.req("R10")
def test_what_was_left_alone_has_its_reason_once_it_is_sent(world):
    world.stamp(DANA, subject="Still a draft")
    world.send(DANA, subject="Sent", at=clock.now() - timedelta(hours=1))
    world.send(CAROL, subject="Tracked", at=clock.now() - timedelta(hours=1))

    assert told(world.alice) == [("Sent", "do_not_track")]
    assert told(world.users["bob"]) == []


@pytest.mark.req("R10")
def test_what_a_phone_sent_is_known_from_the_mailbox(world):
    mailbox = mailbox_of(world.alice)
    stamped = world.stamp(CAROL, subject="Stamped")
    take(mailbox, letter("alice@ours.test", CAROL, "From a phone"), days=1, is_sent=True)
    take(mailbox, letter("alice@ours.test", CAROL, "Stamped", html=stamped.html), is_sent=True)
    take(mailbox, letter("alice@ours.test", CAROL, "Long ago"), days=31, is_sent=True)
    take(mailbox, letter(CAROL, "alice@ours.test", "Received"))

    assert told(world.alice) == [("From a phone", "not_stamped")]
    assert told(world.users["ada"]) == []


def test_the_newest_come_first_and_fifty_are_enough(world):
    for hours in range(52):
        world.send(DANA, subject=str(hours), at=clock.now() - timedelta(hours=hours + 1))

    subjects = [subject for subject, _ in told(world.alice)]

    assert len(subjects) == untracked.MOST
    assert subjects[:3] == ["0", "1", "2"]
