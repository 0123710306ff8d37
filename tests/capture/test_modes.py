"""What a capture mode promises, looked up in every table of the database."""

import pytest

from backend import db
from backend.capture import states
from backend.models.mailboxes import CaptureMode
from tests.capture.letters import hours, letter, mailbox_of, run_dry
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


def test_off_is_never_due(world, provider):
    mailbox = mailbox_of(world.alice, capture_mode=CaptureMode.OFF)

    due = states.due(5)

    assert mailbox.id not in due
