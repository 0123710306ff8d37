"""Complaints and receipts that are broken say nothing, and never raise."""

import random

import pytest

from backend.mail.feedback import asks_to_stop, original_ids, read_complaint, read_receipt
from backend.mail.parsed import parse
from tests.capture.test_feedback import ARF, MDN
from tests.mail.test_parsed import HOSTILE


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_is_no_report(raw):
    mail = parse(raw)

    assert (read_complaint(mail), read_receipt(mail), original_ids(mail)) == ((), (), ())
    assert not asks_to_stop(mail)


def test_mutilated_reports_never_raise():
    chance = random.Random(3)
    whole = (ARF.format(kind="abuse", told="Original-Rcpt-To: a@b.test", to="x", about="<1@x>"),)
    for text in (*whole, MDN.format(disposition="displayed")):
        for _ in range(300):
            raw = bytearray(text.encode())
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(raw))
                raw[at : at + chance.randint(0, 6)] = chance.choice([b"\0", b"\xff", b"\n", b"--b"])
            mail = parse(bytes(raw))
            read_complaint(mail), read_receipt(mail), original_ids(mail), asks_to_stop(mail)
