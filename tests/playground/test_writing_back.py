"""Customers write back by SMTP, to the sender of the mail alone."""

import shutil
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Invalid, NotFound
from backend.mail.auto_reply import Kind as MailKind
from backend.mail.auto_reply import kind_of
from backend.mail.parsed import parse
from backend.models.mailboxes import Mailbox, MailboxState
from playground import moves, writing_back
from playground.calendars import Calendars
from playground.writing_back import Kind, Wish
from tests.capture.letters import letter, mailbox_of
from tests.world import CAROL, DANA

LATER = timedelta(minutes=1)


@pytest.fixture
def actor(client, world, settings):
    shutil.rmtree(settings.data_dir / "playground", ignore_errors=True)
    return moves.Actor(world.alice, settings)


@pytest.fixture
def write_back(actor):
    """Let carol write back to a mail that lies in her mailbox; what alice then has got."""

    def write(kind=Kind.ANSWER, address=CAROL, **changes):
        values = {"sender": "Alice <alice@ours.test>", "to": CAROL, "message_id": "<sent@x.test>"}
        mail_id = actor.inboxes.put(address, letter(**values | changes).as_bytes())
        told = writing_back.write_back(actor, Wish(mail_id, kind, "en"))
        newest = actor.inboxes.mails(actor.user.email)[0]
        return told, parse(actor.inboxes.open(newest))

    return write


@pytest.mark.parametrize(
    ("kind", "taken_for", "path"),
    [
        (Kind.ANSWER, MailKind.PERSON, f"<{CAROL}>"),
        (Kind.AWAY, MailKind.AUTO_REPLY, "<>"),
        (Kind.BOUNCE, MailKind.BOUNCE, "<>"),
        (Kind.INVITATION, MailKind.AUTOMATED, f"<{CAROL}>"),
    ],
)
def test_what_comes_back_lies_in_the_senders_mailbox(write_back, kind, taken_for, path):
    told, mail = write_back(kind)

    assert told == {"who": "Carol"}
    assert kind_of(mail) is taken_for
    assert mail.header("return-path") == path
    assert mail.in_reply_to == (() if kind is Kind.INVITATION else ("<sent@x.test>",))


def test_an_invitation_stands_in_both_calendars(write_back, actor):
    write_back(Kind.INVITATION)

    calendars = Calendars.of(actor.settings)
    (entry_id,) = calendars.ids(actor.user.email)
    assert calendars.ids(CAROL) == [entry_id]
    entry = calendars.open(actor.user.email, entry_id)
    assert (entry["summary"], entry["organizer"]["email"]) == ("About: Offer", CAROL)
    assert write_back(Kind.ANSWER)
    assert calendars.ids(CAROL) == [entry_id]


def test_a_meeting_of_which_no_mail_can_tell_is_none(write_back, actor):
    with pytest.raises(Invalid):
        write_back(Kind.INVITATION, address="käthe@north.test")

    assert not Calendars.of(actor.settings).folder.exists()


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("a mail of somebody else", {"sender": DANA}),
        ("one that only says her name", {"sender": f'"alice@ours.test" <{DANA}>'}),
        ("one that lies with its sender", {"address": "alice@ours.test"}),
        ("a mailbox whose name is no address", {"address": "a@b@"}),
        ("one that no header can hold", {"address": "käthe@north.test"}),
    ],
)
def test_what_nobody_can_answer_is_refused(write_back, actor, why, changes):
    with pytest.raises(Invalid):
        write_back(**changes)

    assert len(actor.inboxes.mails(actor.user.email)) == (why == "one that lies with its sender")


def test_a_mail_that_is_not_there_is_not_found(actor):
    with pytest.raises(NotFound):
        writing_back.write_back(actor, Wish("x", Kind.ANSWER, "en"))


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (MailboxState.ACTIVE, True),
        (MailboxState.PAUSED, False),
        (MailboxState.DISCONNECTED, False),
    ],
)
def test_a_connected_mailbox_is_looked_at_at_once(write_back, world, state, is_due):
    mailbox = mailbox_of(world.alice, state=state, next_sync_at=clock.now() + LATER)

    write_back()

    assert (Mailbox.get_by_id(mailbox.id).next_sync_at <= clock.now()) == is_due
