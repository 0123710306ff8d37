"""Hostile mail stops no mailbox: 400 in the suite, 5,000 by `make faults`."""

import random
import time
from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import items
from backend.models.mailboxes import Mailbox, MailboxState
from tests.capture.letters import mailbox_of, turn
from tests.capture.taking import Taking
from tests.fakes.mailbox import FakeMailbox
from tests.mail.test_parsed import HOSTILE, ORDINARY

MOST_S = 2  # of processor time for one mail
PIECES = (
    b"\0",
    b"\xff\xfe",
    b"\r",
    b"\n\n",
    b"--b--",
    b"=?utf-8?b?",
    b'"',
    b"<>",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; \xff@\0\nAction: failed\n",
    b"Message-ID: <" + "é".encode() * 900 + b">\n",
    b"References: " + b"<x@y> " * 400 + b"\n",
    b"\xed\xb3\xbf",
)


def mutilated(chance):
    raw = bytearray(ORDINARY)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw))
        raw[at : at + chance.randint(0, 8)] = chance.choice(PIECES)
    return bytes(raw)


def test_each_hostile_mail_is_taken_in_within_two_seconds(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    for why, raw in HOSTILE.items():
        begun = time.process_time()
        take(mailbox, Raw(raw))

        assert time.process_time() - begun < MOST_S, why


class Raw:
    """A mail as bytes."""

    def __init__(self, raw):
        self._raw = raw

    def as_bytes(self):
        return self._raw


@pytest.mark.faults
def test_hostile_mail_stops_no_mailbox(world, fault_rounds):
    provider, mailbox = FakeMailbox(world.alice.email, page=500), mailbox_of(world.alice)
    chance, now = random.Random(11), clock.now()
    mails = [*HOSTILE.values(), *(mutilated(chance) for _ in range(fault_rounds * 200 - 200))]
    for number, raw in enumerate(mails):
        provider.put(raw, now - timedelta(seconds=number), is_sent=number % 5 == 0)

    for _ in range(len(mails)):
        if turn(mailbox, provider).is_over:
            break

    counts = items.counts(mailbox.id)
    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.ACTIVE
    assert counts.done + counts.skipped == len(mails)
    assert db.one("SELECT count(*) FROM email_message") != (0,)
