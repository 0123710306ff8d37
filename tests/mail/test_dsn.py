"""Bounces: found, told for good or for now, and never guessed at a person's mail."""

from email.message import EmailMessage

import pytest

from backend.mail.dsn import Action, original_ids, read_bounces
from backend.mail.parsed import parse
from tests.mail.bounce_mails import SOFT, labelled, mail

REPORT = """\
From: MAILER-DAEMON@mx.test
To: alice@ours.test
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

{fields}
--b
Content-Type: message/rfc822

Message-ID: <sent-1@ours.test>
Subject: Offer

Hello
--b--
"""


def report(fields):
    return parse(REPORT.format(fields=fields).encode())


def told(name):
    """What we say of a mail, in the words of the labels."""
    bounces = read_bounces(parse(mail(name)))
    if not bounces:
        return {"no_recipient"}
    return {
        "delayed" if each.action is Action.DELAYED else "hard" if each.is_hard else "soft"
        for each in bounces
    }


@pytest.mark.req("R69")
@pytest.mark.parametrize("half", ["rules", "set_aside"])
def test_real_bounces_are_told_apart_as_a_person_tells_them(half):
    mails = labelled(half)

    wrong = [name for name, label in mails if told(name) != {"soft" if label in SOFT else label}]
    false_hard = [name for name, label in mails if label != "hard" and "hard" in told(name)]

    assert len(wrong) <= len(mails) / 10, wrong
    assert false_hard == []


@pytest.mark.req("R69", "R70")
@pytest.mark.parametrize(
    ("why", "fields", "code", "is_hard"),
    [
        ("no such user", "Action: failed\nStatus: 5.1.1", "5.1.1", True),
        ("5 is not hard by itself", "Action: failed\nStatus: 5.0.0", "5.0.0", False),
        ("a full mailbox comes as 5", "Action: failed\nStatus: 5.2.2", "5.2.2", False),
        ("policy", "Action: failed\nStatus: 5.7.1", "5.7.1", False),
        (
            "the other server's own code speaks first",
            "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
            "5.1.1",
            True,
        ),
        (
            "its words where its code says nothing",
            "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no such user here",
            "5.0.0",
            True,
        ),
        (
            "words against the code of the reporter",
            "Action: failed\nStatus: 5.2.1\nDiagnostic-Code: smtp; 552 mailbox full",
            "5.2.1",
            False,
        ),
        ("for now", "Action: failed\nStatus: 4.2.2", "4.2.2", False),
    ],
)
def test_a_report_is_read_by_its_fields(why, fields, code, is_hard):
    (bounce,) = read_bounces(report(f"Final-Recipient: rfc822; Carol@Northwind.test\n{fields}"))

    assert (bounce.recipient, bounce.action) == ("carol@northwind.test", Action.FAILED)
    assert (bounce.code, bounce.is_hard) == (code, is_hard), why


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_what_arrived_or_was_handed_on_is_no_bounce(action):
    fields = f"Final-Recipient: rfc822; carol@northwind.test\nAction: {action}\nStatus: 2.0.0"

    assert read_bounces(report(fields)) == ()


def test_a_delay_is_told_and_is_never_hard():
    fields = "Final-Recipient: rfc822; carol@northwind.test\nAction: delayed\nStatus: 5.1.1"

    (bounce,) = read_bounces(report(fields))

    assert (bounce.action, bounce.is_hard) == (Action.DELAYED, False)


def test_each_recipient_has_an_answer_and_the_address_is_the_one_we_wrote_to():
    blocks = (
        "Original-Recipient: rfc822; sales@northwind.test\n"
        "Final-Recipient: rfc822; carol@inside.test\nAction: failed\nStatus: 5.1.1\n\n"
        "Final-Recipient: rfc822; leo@martin.test\nAction: failed\nStatus: 5.2.2"
    )

    found = {each.recipient: each.is_hard for each in read_bounces(report(blocks))}

    assert found == {"sales@northwind.test": True, "leo@martin.test": False}


def test_the_bounced_mail_is_named_by_what_came_back():
    assert original_ids(report("Final-Recipient: rfc822; carol@northwind.test"))[0] == (
        "<sent-1@ours.test>"
    )


def test_a_person_who_writes_about_a_bounce_has_not_bounced():
    letter = EmailMessage()
    letter["From"], letter["To"] = "carol@northwind.test", "alice@ours.test"
    letter["Subject"], letter["Return-Path"] = "Strange", "<carol@northwind.test>"
    letter.set_content(
        "This came back:\n\nThe following addresses had permanent fatal errors\n"
        "<leo@martin.test>\n550 5.1.1 User unknown\n"
    )

    assert read_bounces(parse(letter.as_bytes())) == ()


def test_a_report_of_thousands_of_recipients_is_bounded():
    blocks = "\n\n".join(
        f"Final-Recipient: rfc822; user{number}@northwind.test\nAction: failed\nStatus: 5.1.1"
        for number in range(3_000)
    )

    assert len(read_bounces(report(blocks))) == 500
