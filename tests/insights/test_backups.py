"""Whether the last backup is young enough."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.insights.backups import State, standing
from backend.models import backups
from backend.models.backups import Backup
from backend.models.mailboxes import Mailbox
from backend.models.org import DEMO_USER, User

DAY = timedelta(days=1)
STATES = (
    ("made just now", timedelta(), 2, State.WELL),
    ("of last night but one, to the second", 2 * DAY, 2, State.WELL),
    ("two nights were missed", 2 * DAY + timedelta(seconds=1), 2, State.OLD),
    ("once a week is enough here", 6 * DAY, 8, State.WELL),
    ("others are made, and this one is told", 400 * DAY, 0, State.WELL),
    ("none", None, 2, State.MISSING),
    ("none, and others are made", None, 0, State.NOT_NEEDED),
)


def made(ago):
    if ago is None:
        return None
    backup = Backup(clock.now() - ago, 4_000)
    backups.note(backup)
    return backup


@pytest.mark.parametrize(("why", "ago", "within", "state"), STATES, ids=[row[0] for row in STATES])
def test_where_there_is_data(world, time_machine, why, ago, within, state):
    time_machine.move_to(clock.now().replace(microsecond=0), tick=False)
    last = made(ago)

    found = standing(within)

    assert (found.state, found.last) == (state, last)


@pytest.mark.parametrize(("ago", "state"), [(None, State.NOT_NEEDED), (400 * DAY, State.WELL)])
def test_nobody_waits_for_a_backup_of_the_demo(world, ago, state):
    User.update(email=DEMO_USER).where(User.id == world.alice.id).execute()
    made(ago)

    assert standing(2).state is state


def nothing(_mallory):
    pass


def a_stamp(mallory):
    db.execute("UPDATE stamp SET org_id = %s", [mallory.org_id])


def a_mailbox(mallory):
    Mailbox.create(
        org_id=mallory.org_id, user_id=mallory.id, provider="google", address="m@theirs.test",
        since=clock.now(),
    )  # fmt: skip


def a_person(mallory):
    db.execute("UPDATE person SET org_id = %s", [mallory.org_id])


LOST = (
    ("users alone are nothing to lose", nothing, State.NOT_NEEDED),
    ("a mail that was stamped", a_stamp, State.MISSING),
    ("a mailbox", a_mailbox, State.MISSING),
    ("a person", a_person, State.MISSING),
)


@pytest.mark.parametrize(("why", "has", "state"), LOST, ids=[row[0] for row in LOST])
def test_beside_the_demo_an_organisation_with_data_is_waited_for(world, why, has, state):
    User.update(email=DEMO_USER).where(User.id == world.alice.id).execute()
    world.stamp()

    has(world.users["mallory"])

    assert standing(2).state is state
