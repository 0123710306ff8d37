"""Captured mail where people look: timelines and figures, seen by whoever has it in a mailbox."""

from datetime import timedelta

import pytest

from backend import clock
from backend.insights import metrics, timeline
from backend.insights.people_mail import About
from backend.insights.viewer import Viewer
from tests.capture.letters import letter, mailbox_of, take
from tests.world import CAROL, DANA


@pytest.fixture
def carol(world):
    return About([world.people["carol"].id], [CAROL])


def viewer_of(user):
    return Viewer(user.id, user.org_id, user.role, user.team_id)


@pytest.mark.req("R42", "R51", "R52")
def test_a_persons_timeline_tells_the_whole_story(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    stamped = world.stamp(CAROL, subject="Offer")
    offer = letter("alice@ours.test", CAROL, message_id="<1@p.test>", html=stamped.html)
    take(mailbox, offer, days=3, is_sent=True)
    take(mailbox, letter(subject="Re: Offer", headers={"In-Reply-To": "<1@p.test>"}), days=2)
    take(mailbox, letter("alice@ours.test", CAROL, "Plain"), days=1, is_sent=True)

    items = timeline.page(as_viewer(), carol).items

    assert [(each["type"], each["direction"], each["subject"]) for each in items] == [
        ("captured", "sent", "Plain"),
        ("captured", "received", "Re: Offer"),
        ("mail", "sent", "Offer"),
    ]
    assert (items[0]["state"], items[0]["reason"]) == ("untracked", "not_stamped")
    assert items[2]["replied_at"]
    assert [each["kind"] for each in items[2]["engagements"]] == ["reply"]


def test_pages_go_on_where_the_last_one_ended(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    for number in range(5):
        take(mailbox, letter(subject=str(number)), days=number)

    first = timeline.page(as_viewer(), carol, limit=3)
    second = timeline.page(as_viewer(), carol, first.next, limit=3)

    subjects = [each["subject"] for each in (*first.items, *second.items)]
    assert subjects == list("01234")


@pytest.mark.req("R41")
def test_whoever_has_it_in_a_mailbox_sees_it_and_others_do_not(world, carol):
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    take(mailbox_of(world.users["bob"]), letter(message_id="<2@n.test>"))
    take(mailbox_of(world.users["bob"], address="b@ours.test"), letter(message_id="<1@n.test>"))

    seen = {
        name: timeline.page(viewer_of(world.users[name]), carol) for name in ("alice", "bob", "ada")
    }

    assert {name: (len(page.items), page.hidden) for name, page in seen.items()} == {
        "alice": (1, 1),
        "bob": (2, 0),
        "ada": (0, 2),
    }


@pytest.mark.req("R54")
def test_figures_know_what_came_in(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    take(mailbox, letter(message_id="<1@n.test>"), days=2)
    take(mailbox, letter(message_id="<2@n.test>"), days=40)
    notice = letter(headers={"Auto-Submitted": "auto-replied"}, message_id="<3@n.test>")
    take(mailbox, notice, days=1)
    take(mailbox, letter(DANA, f"alice@ours.test, {CAROL}", message_id="<4@n.test>"))

    found = metrics.of(as_viewer(), carol)

    assert abs(found["last_received_at"] - clock.now()) < timedelta(days=2, minutes=5)
    assert found["last_30_days"]["received"] == 1


def test_without_a_mailbox_nothing_is_known_of_mail_received(as_viewer, carol):
    found = metrics.of(as_viewer(), carol)

    assert (found["last_received_at"], found["last_30_days"]["received"]) == (None, None)
