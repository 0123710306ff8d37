"""Meetings on a person's timeline: who sees them, with which title, and how many there were."""

from datetime import timedelta

import pytest

from backend import clock
from backend.capture import calendar_sync, streams
from backend.insights import metrics, timeline
from backend.insights.people_mail import About
from backend.insights.viewer import Viewer
from tests.capture.letters import mailbox_of
from tests.capture.meetings import take_meeting
from tests.world import CAROL


@pytest.fixture
def carol(world):
    return About([world.people["carol"].id], [CAROL])


def viewer_of(user):
    return Viewer(user.id, user.org_id, user.role, user.team_id)


@pytest.mark.req("R46", "R52")
def test_it_stands_among_the_mails_where_it_began(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    for days in (1, 3):
        world.send(CAROL, at=clock.now() - timedelta(days=days), subject=f"Mail {days}")
    take_meeting(mailbox, -2, "Review")

    page = timeline.page(as_viewer(), carol)

    assert [each["subject"] for each in page.items] == ["Mail 1", "Review", "Mail 3"]
    entry = page.items[1]
    assert (entry["type"], entry["is_cancelled"], entry["attendees_total"]) == ("meeting", False, 2)
    assert [(each["name"], each["part"], each["answer"]) for each in entry["attendees"]] == [
        ("Alice", "organizer", "none"),
        ("Carol", "required", "accepted"),
    ]


def test_pages_go_on_where_the_last_one_ended(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    for days in range(1, 8):
        if days % 2:
            take_meeting(mailbox, -days, str(days))
        else:
            world.send(CAROL, at=clock.now() - timedelta(days=days), subject=str(days))
    take_meeting(mailbox, 1, "later")

    found, cursor, coming = [], None, []
    while True:
        page = timeline.page(as_viewer(), carol, cursor, limit=2)
        found += [each["subject"] for each in page.items]
        coming.append(len(page.coming))
        cursor = page.next
        if cursor is None:
            break

    assert found == list("1234567")
    assert coming == [1, 0, 0, 0]


def test_only_the_next_ones_are_told_ahead_and_none_that_is_cancelled(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    for days in range(1, 6):
        take_meeting(mailbox, days, str(days), is_cancelled=days == 2)

    page = timeline.page(as_viewer(), carol)

    assert [each["subject"] for each in page.coming] == ["4", "3", "1"]
    assert page.items == []


@pytest.mark.req("R41")
@pytest.mark.parametrize(
    ("visibility", "seen"),
    [("private", {"alice"}), ("team", {"alice", "mika"}), ("org", {"alice", "mika", "bob", "ada"})],
)
def test_who_sees_it_is_said_by_its_calendar(world, carol, visibility, seen):
    take_meeting(mailbox_of(world.alice, visibility=visibility), -1)

    found = {
        name
        for name in ("alice", "bob", "mika", "ada")
        if timeline.page(viewer_of(world.users[name]), carol).items
    }

    assert found == seen


def test_a_private_copy_tells_no_title_and_takes_none_away(world, carol):
    common = {"uid": "same", "is_private": True}
    take_meeting(mailbox_of(world.alice), -1, "Secret", **common)
    alice = timeline.page(viewer_of(world.alice), carol).items[0]
    take_meeting(mailbox_of(world.users["bob"]), -1, "Pricing", **common | {"is_private": False})

    bob = timeline.page(viewer_of(world.users["bob"]), carol).items[0]
    again = timeline.page(viewer_of(world.alice), carol).items[0]

    assert (alice["subject"], alice["is_private"]) == ("", True)
    assert (bob["subject"], bob["is_private"]) == ("Pricing", False)
    assert again["subject"] == ""


def test_figures_count_what_began_and_was_not_cancelled(world, as_viewer, carol):
    mailbox = mailbox_of(world.alice)
    assert metrics.of(as_viewer(), carol)["last_30_days"]["meetings"] is None
    streams.of(mailbox.org_id, mailbox.id, calendar_sync.KIND)
    for days, cancelled in ((-1, False), (-2, True), (-40, False), (1, False)):
        take_meeting(mailbox, days, str(days), is_cancelled=cancelled)

    assert metrics.of(as_viewer(), carol)["last_30_days"]["meetings"] == 1
