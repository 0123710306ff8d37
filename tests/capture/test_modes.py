"""What a capture mode promises, looked up in every table of the database."""

import pytest

from backend import db
from backend.access import mailboxes
from backend.capture import states, sync
from backend.models.mailboxes import CaptureMode
from tests.capture.letters import context, hours, letter, mailbox_of, run_dry, turn
from tests.emptying import leaves_first
from tests.fakes.mailbox import FakeMailbox

SECRET = "zanzibar"
BOUNCE = f"""\
From: MAILER-DAEMON@mx.test
To: alice@ours.test
Return-Path: <>
Subject: Undelivered: {SECRET}
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

{SECRET} <carol@northwind.test> could not be delivered
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; carol@northwind.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 your mail "{SECRET}" is unwanted
--b
Content-Type: message/rfc822

Message-ID: <1@p.test>
Subject: {SECRET}

{SECRET}
--b--
""".encode()
OLD_BOUNCE = f"""\
From: MAILER-DAEMON@mx.test
Subject: failure notice
Return-Path: <>
To: alice@ours.test

Hi. This is the qmail-send program at mx.test.
I'm afraid I wasn't able to deliver your message to the following addresses.

<carol@northwind.test>:
{SECRET} does not live here

--- Below this line is a copy of the message.

Subject: {SECRET}

{SECRET}
""".encode()


def everything():
    """Every row of every table, as text."""
    return "\n".join(
        f"{table}: {row}" for table in leaves_first() for row in db.rows(f'SELECT * FROM "{table}"')
    )


@pytest.fixture
def provider(world):
    found = FakeMailbox(world.alice.email)
    headers = {"Message-ID": "<1@p.test>", "X-Word": SECRET, "Thread-Topic": SECRET}
    html = f"<p>{SECRET}</p>"
    sent = letter(world.alice.email, "carol@northwind.test", SECRET, headers=headers, html=html)
    found.put(sent, hours(-3), is_sent=True)
    found.put(letter(subject=f"Re: {SECRET}", text=SECRET, html=html), hours(-2))
    away = letter(subject=f"Automatic reply: {SECRET}", headers={"Auto-Submitted": "auto-replied"})
    found.put(away, hours(-1))
    found.put(BOUNCE, hours(-1))
    found.put(OLD_BOUNCE, hours(-1))
    return found


@pytest.mark.parametrize(("mode", "is_kept"), [("full", True), ("headers", False)])
def test_headers_only_leaves_no_subject_and_no_body_in_any_table(world, provider, mode, is_kept):
    mailbox = mailbox_of(world.alice, capture_mode=mode)

    run_dry(mailbox, provider)

    assert db.one("SELECT count(*) FROM email_message") == (5,)
    assert db.one("SELECT count(*) FROM bounce") == (2,)
    assert (SECRET in everything()) == is_kept


class Chosen(FakeMailbox):
    """Before the mail of that number is handed over, somebody chooses."""

    def choose(self, number, choice):
        self.number, self.choice = number, choice
        return self

    def fetch(self, ids):
        for at, each in enumerate(super().fetch(ids)):
            if at == self.number and self.choice:
                choice, self.choice = self.choice, None
                choice()
            yield each


def kept():
    return {row[0] for row in db.rows("SELECT subject FROM email_message")}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("why", "choice", "then"),
    [
        ("headers only", lambda her, box: mailboxes.set_capture(her, box, "headers"), {""}),
        ("not at all", lambda her, box: mailboxes.set_capture(her, box, "off"), set()),
        ("paused", mailboxes.pause, set()),
    ],
)
def test_a_turn_under_way_takes_nothing_in_against_what_is_chosen(world, why, choice, then, number):
    mailbox = mailbox_of(world.alice)
    provider = Chosen(world.alice.email).choose(number, lambda: choice(world.alice, mailbox))
    for each in range(3):
        provider.put(letter(subject=SECRET, message_id=f"<{each}@n.test>"), hours(-1))

    turn(mailbox, provider)
    assert kept() == set(), why
    turn(mailbox, provider)

    assert kept() == then, why


def test_what_was_chosen_before_a_turn_began_holds_for_it(world, provider):
    as_read = mailbox_of(world.alice)
    mailboxes.set_capture(world.alice, as_read, CaptureMode.HEADERS)

    as_read.capture_mode = CaptureMode.FULL  # read by a worker a moment before
    sync.sync(as_read, provider, context(), "worker")

    assert kept() == {""}


def test_off_is_never_due(world, provider):
    mailbox = mailbox_of(world.alice, capture_mode=CaptureMode.OFF)

    due = states.due(5)

    assert mailbox.id not in due
