"""A mailbox is erased by the worker, a step at a time, and nothing of another's goes with it."""

import pytest

from backend import db
from backend.capture import erasing, leases, purging
from backend.models.mailboxes import Mailbox, MailboxState
from tests.capture.letters import letter, mailbox_of
from tests.capture.meetings import take_meeting
from tests.capture.taking import OURS, Taking, erase, one_behind_the_other
from tests.world import CAROL


@pytest.fixture
def take():
    return Taking()


def rows_of(*tables):
    return [db.one(f"SELECT count(*) FROM {table}")[0] for table in tables]


def test_a_large_mailbox_goes_in_steps_and_the_last_takes_itself(world, take):
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    for number in range(purging.STEP + 5):
        take(alice, letter(message_id=f"<{number}@n.test>"))
    take(bob, letter(message_id="<0@n.test>"))
    Mailbox.update(state=MailboxState.ERASING).where(Mailbox.id == alice.id).execute()

    assert [erasing.step() for _ in range(4)] == [purging.STEP, 5, 1, 0]

    assert rows_of("email_message", "message_copy") == [1, 1]
    assert db.rows("SELECT id FROM mailbox") == [(bob.id,)]


@pytest.mark.parametrize("comes_first", ["a copy", "the erasure"])
def test_a_copy_that_comes_while_its_mail_is_erased_elsewhere_is_kept(world, take, comes_first):
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    mail = letter(message_id="<1@n.test>")
    take(alice, mail)
    Mailbox.update(state=MailboxState.ERASING).where(Mailbox.id == alice.id).execute()
    turns = [lambda: take(bob, mail), erasing.step]

    one_behind_the_other(*(turns if comes_first == "a copy" else reversed(turns)))

    assert db.rows("SELECT mailbox_id FROM message_copy") == [(bob.id,)]
    assert db.rows("SELECT user_id FROM email_message") == [(bob.user_id,)]


@pytest.mark.parametrize("comes_first", ["a copy", "the erasure"])
def test_a_meeting_that_comes_while_it_is_erased_elsewhere_is_kept(world, comes_first):
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    take_meeting(alice, -1, uid="same")
    Mailbox.update(state=MailboxState.ERASING).where(Mailbox.id == alice.id).execute()
    turns = [lambda: take_meeting(bob, -1, uid="same"), erasing.step]

    one_behind_the_other(*(turns if comes_first == "a copy" else reversed(turns)))

    assert db.rows("SELECT mailbox_id FROM calendar_copy") == [(bob.id,)]
    assert rows_of("calendar_event", "attendee") == [1, 2]


@pytest.mark.parametrize("state", sorted(set(MailboxState) - {MailboxState.ERASING}))
def test_nothing_is_erased_that_nobody_asked_for(world, take, state):
    take(mailbox_of(world.alice, state=state), letter(message_id="<1@n.test>"))

    assert erasing.step() == 0

    assert rows_of("mailbox", "message_copy") == [1, 1]


def test_its_meetings_go_with_it_unless_another_calendar_holds_them(world):
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    for mailbox in (alice, bob):
        take_meeting(mailbox, -1, uid="same")
    take_meeting(alice, -2, "Hers alone")

    erase(alice)

    assert db.rows("SELECT subject FROM calendar_copy") == [("Pricing",)]
    assert rows_of("calendar_event", "attendee") == [1, 2]


def test_whoever_a_mail_goes_to_has_it_as_her_own_copy_is(world, take):
    alice = mailbox_of(world.alice, visibility="org")
    bob = mailbox_of(world.users["bob"], visibility="private")
    mail = letter(OURS, f"{CAROL}, bob@ours.test", message_id="<1@n.test>")
    mail["Bcc"] = "hidden@northwind.test"
    take(alice, mail, is_sent=True)
    del mail["Bcc"]
    take(bob, mail)
    seen = "SELECT user_id, visibility, direction, status, record_due FROM email_message"
    assert db.rows(seen)[0][:4] == (world.alice.id, "org", "sent", "sent")
    assert db.one("SELECT count(*) FROM participant WHERE role = 'bcc'") == (1,)
    db.execute("UPDATE email_message SET record_due = FALSE")

    erase(alice)

    assert db.rows(seen) == [(world.users["bob"].id, "private", "received", "received", True)]
    assert db.rows("SELECT role FROM participant ORDER BY role") == [("from",), ("to",), ("to",)]


def test_whoever_works_on_it_writes_no_more(world, take):
    mailbox = mailbox_of(world.alice)
    for number in range(purging.STEP):
        take(mailbox, letter(message_id=f"<{number}@n.test>"))
    lease = leases.take(mailbox.id, "worker")
    Mailbox.update(state=MailboxState.ERASING).execute()

    erasing.step()

    with pytest.raises(leases.LeaseLost):
        leases.hold(lease)
