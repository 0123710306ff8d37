"""Complaints and receipts that are broken say nothing, and never raise."""

import random

import pytest

from backend.mail.feedback import asks_to_stop, original_ids, read_complaint, read_receipt
from backend.mail.parsed import parse
from tests.capture.letters import letter
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


@pytest.mark.parametrize(
    ("to", "whose"),
    [("a@b.test", ["a@b.test"]), ("a@b.test, c@d.test", [""])],
)
def test_a_complaint_without_a_name_is_of_the_only_recipient_or_of_nobody_known(to, whose):
    raw = ARF.format(kind="abuse", told="Original-Rcpt-To: redacted", to=to, about="<1@x.test>")

    assert [each.recipient for each in read_complaint(parse(raw.encode()))] == whose


@pytest.mark.parametrize(
    ("subject", "text", "asks"),
    [
        ("Re: Offer", "Please\nunsubscribe me.\n\n> Hello", True),
        ("Re: Offer", "Stop!\n\nOn Thu, 26 Nov 2026 at 10:00, A <a@b.test>\nwrote:\n> Hello", True),
        ("AW: Angebot", "Bitte abmelden\n\n-- \nCarol", True),
        ("Re: Offer", "Stop\n\nAm 26.11.2026 um 10:00 schrieb A:\n> Hallo", True),
        ("Unsubscribe", "\n\n> Hello", True),
        ("Unsubscribe", "", True),
        ("Re: Offer", "Stop\nthe presses, we want two of them", False),
        ("Re: Stop", "I do not understand your mail", False),
        ("Re: Offer", "Yes\n\n> unsubscribe", False),
    ],
)
def test_only_an_answer_that_is_nothing_else_asks_to_stop(subject, text, asks):
    assert asks_to_stop(parse(letter(subject=subject, text=text).as_bytes())) is asks
