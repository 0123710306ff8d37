"""What a received mail is: a person's, a machine's answer, a bounce, a receipt, a notice."""

import pytest

from backend.mail.auto_reply import Kind, kind_of
from backend.mail.parsed import parse
from tests.mail.bounce_mails import labelled, mail

PERSON = "From: Carol <carol@northwind.test>\nTo: alice@ours.test\nSubject: Re: Offer\n"
RECEIPT = "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n"
COMPLAINT = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n"


@pytest.mark.req("R59")
@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("", Kind.PERSON),
        ("In-Reply-To: <1@ours.test>\n", Kind.PERSON),
        ("Auto-Submitted: no\n", Kind.PERSON),
        ("X-Auto-Response-Suppress: All\n", Kind.PERSON),
        ("Auto-Submitted: auto-replied; owner-email=x\n", Kind.AUTO_REPLY),
        ("AUTO-SUBMITTED: Auto-Replied\n", Kind.AUTO_REPLY),
        ("X-Autoreply: yes\n", Kind.AUTO_REPLY),
        ("X-MS-Exchange-Inbox-Rules-Loop: carol@northwind.test\n", Kind.AUTO_REPLY),
        ("Precedence: auto_reply\n", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated\n", Kind.AUTOMATED),
        ("List-Id: <news.northwind.test>\n", Kind.AUTOMATED),
        ("List-Unsubscribe: <https://northwind.test/u>\n", Kind.AUTOMATED),
        ("Precedence: bulk\n", Kind.AUTOMATED),
        ("Return-Path: <>\n", Kind.AUTOMATED),
        (RECEIPT, Kind.RECEIPT),
        (COMPLAINT, Kind.COMPLAINT),
    ],
)
def test_headers_tell(headers, kind):
    assert kind_of(parse(f"{PERSON}{headers}\nHello\n".encode())) is kind


@pytest.mark.parametrize(
    ("subject", "answers", "kind"),
    [
        ("Automatische Antwort: Angebot", True, Kind.AUTO_REPLY),
        ("Out of office: Offer", True, Kind.AUTO_REPLY),
        ("Réponse automatique : Offre", True, Kind.AUTO_REPLY),
        ("Out of office furniture", False, Kind.PERSON),
        ("Automatic reply: Offer", False, Kind.PERSON),
        ("Re: Offer", True, Kind.PERSON),
    ],
)
def test_a_subject_tells_only_where_it_answers_something(subject, answers, kind):
    reference = "In-Reply-To: <1@ours.test>\n" if answers else ""
    head = f"From: carol@northwind.test\nSubject: {subject}\n{reference}"

    assert kind_of(parse(f"{head}\nHello\n".encode())) is kind


@pytest.mark.parametrize("sender", ["no-reply", "donotreply", "noreply-orders", "notifications"])
def test_nobody_reads_what_is_written_to_a_robot(sender):
    head = f"From: {sender}@shop.test\nSubject: Your order\n"

    assert kind_of(parse(f"{head}\nHello\n".encode())) is Kind.AUTOMATED


def test_a_bounce_that_calls_itself_auto_replied_is_a_bounce():
    raw = mail("dsn_14")

    found = kind_of(parse(b"Auto-Submitted: auto-replied\n" + raw.lstrip()))

    assert found is Kind.BOUNCE


def test_no_bounce_is_taken_for_a_person():
    mails = [
        name
        for half in ("rules", "set_aside")
        for name, label in labelled(half)
        if label in {"hard", "soft", "full_or_refused"}
    ]

    taken = [name for name in mails if kind_of(parse(mail(name))) is not Kind.BOUNCE]

    assert taken == []


def test_a_delay_is_no_bounce():
    assert kind_of(parse(mail("dsn_08"))) is Kind.DELAY
