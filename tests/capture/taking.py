"""Mails taken in one by one, and what the tables then say of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

from backend import db
from backend.capture import erasing, ingest
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.mail import FetchedMail
from tests.capture.letters import LIMITS, context, letter
from tests.waiting import wait_until
from tests.world import CAROL, NOON

_WAITS = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

OURS = "alice@ours.test"


class Taking:
    """Takes mails in; each is another one at the provider."""

    def __init__(self, limits=LIMITS):
        self._count = 0
        self.context = context(limits)

    def __call__(self, mailbox, mail, at=NOON, thread="", hours=0, **marks):
        self._count += 1
        values = {"is_sent": False, "is_draft": False, "is_spam": False, "is_trash": False}
        fetched = FetchedMail(
            f"p{self._count}",
            thread or f"t{self._count}",
            at + timedelta(hours=hours),
            raw=mail.as_bytes(),
            **values | marks,
        )
        with db.transaction():
            return ingest.take_in(mailbox, [fetched], self.context)[0]


def messages():
    """The messages in the order they came."""
    names = ("id", "direction", "status", "subject", "internet_message_id", "kind", "replied_at")
    rows = db.rows(f"SELECT {', '.join(names)} FROM email_message ORDER BY created_at, id")
    return [dict(zip(names, row, strict=True)) for row in rows]


def sent_copy(stamped, message_id="<sent-1@provider.test>", **changes):
    """A stamped mail as the sender's mailbox holds it."""
    return letter(OURS, CAROL, message_id=message_id, html=stamped.html, **changes)


DSN = """\
From: MAILER-DAEMON@mx.test
To: alice@ours.test
Message-ID: <b@mx.test>
Return-Path: <>
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
--b
Content-Type: message/rfc822

Message-ID: <sent-1@provider.test>

Hello
--b--
"""


class Report:
    """A delivery report, as bytes."""

    def __init__(self, address=CAROL, action="failed", status="5.1.1"):
        self._text = DSN.format(address=address, action=action, status=status)

    def as_bytes(self):
        return self._text.encode()


def erase(mailbox):
    """The mailbox as if the worker had erased it to its end."""
    Mailbox.update(state=MailboxState.ERASING).where(Mailbox.id == mailbox.id).execute()
    while erasing.step():
        pass


def one_behind_the_other(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Call both, each in a transaction; the first one's ends when the second waits for it."""
    is_in, goes_on = Event(), Event()

    def lead():
        with db.connection(), db.transaction():
            first()
            is_in.set()
            assert goes_on.wait(20)

    def follow():
        with db.connection(), db.transaction():
            second()

    with ThreadPoolExecutor(2) as pool:
        leading = pool.submit(lead)
        assert is_in.wait(20)
        following = pool.submit(follow)
        if db.is_postgres():
            wait_until(lambda: db.one(_WAITS), what="the second one behind the first")
        goes_on.set()
        leading.result()
        following.result()
