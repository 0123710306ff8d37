"""The order of the rules by which mail is left out; each rule itself is in test_ingest.py."""

import pytest

from backend.capture.leaving_out import Limits, Marks, people_of, rule_against
from backend.capture.limits import limits_of
from backend.mail.auto_reply import Kind
from backend.mail.parsed import parse
from tests.capture.letters import letter, mailbox_of


def parsed(**changes):
    return parse(letter(**changes).as_bytes())


def test_the_first_rule_that_applies_is_told():
    limits = Limits(frozenset({"ours.test"}), domains=frozenset({"ours.test"}))

    mail = parsed(sender="bob@ours.test")

    assert rule_against(mail, Kind.AUTOMATED, Marks(is_spam=True), (), limits) == "spam"
    assert rule_against(mail, Kind.AUTOMATED, Marks(), (), limits) == "excluded"


def test_a_mail_of_nobody_is_left_out():
    assert rule_against(parse(b"\n\n"), Kind.PERSON, Marks(), (), Limits()) == "nobody"


def test_a_domain_that_only_ends_alike_is_another():
    limits = Limits(domains=frozenset({"northwind.test"}))

    mail = parsed(sender="x@notnorthwind.test")

    assert rule_against(mail, Kind.PERSON, Marks(), (), limits) == ""


def test_everybody_on_the_mail_counts():
    mail = parsed(headers={"Cc": "leo@martin.test", "Bcc": "x@y.test"})

    assert people_of(mail) >= {"leo@martin.test", "x@y.test", "alice@ours.test"}


MARKED = {
    "Sensitivity": "Company-Confidential",
    "msip_labels": "MSIP_Label_2096_Enabled=True;MSIP_Label_2096_Name=Streng vertraulich;",
    "Content-Class": "rpmsg.message",
}


@pytest.mark.parametrize(("name", "value"), MARKED.items())
def test_what_is_marked_confidential_is_left_out_unless_the_policy_keeps_it(name, value):
    mail = parse(f"From: x@y.test\n{name}: {value}\n\nhello".encode())

    assert rule_against(mail, Kind.PERSON, Marks(), (), Limits()) == "confidential"
    kept = Limits(keeps_confidential=True)
    assert rule_against(mail, Kind.PERSON, Marks(), (), kept) == ""


@pytest.mark.parametrize(
    ("kind", "is_left_out"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data", True),
        ("application/pkcs7-mime; smime-type=signed-data", False),
        ("multipart/encrypted; boundary=b", True),
        ("multipart/signed; boundary=b", False),
        ("text/plain", False),
    ],
)
def test_sealed_mail_is_confidential_and_signed_mail_is_not(kind, is_left_out):
    mail = parse(f"From: x@y.test\nContent-Type: {kind}\n\nhello".encode())

    found = rule_against(mail, Kind.PERSON, Marks(), (), Limits())

    assert found == ("confidential" if is_left_out else "")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"text": "my card is 4111 1111 1111 1111"}, "card_number"),
        ({"subject": "4111 1111 1111 1111"}, "card_number"),
        ({"text": "", "html": "<p>AHV <b>756.9217.0769.85</b></p>"}, "national_number"),
        ({"text": "", "html": "<p title='756.9217.0769.85'>Hello</p>"}, ""),
        ({"text": "call 0170 1234567"}, ""),
    ],
)
def test_numbers_that_must_not_lie_here_leave_a_mail_out(changes, rule):
    mail = parsed(**changes)

    assert rule_against(mail, Kind.PERSON, Marks(), (), Limits()) == rule
    assert rule_against(mail, Kind.PERSON, Marks(), (), Limits(keeps_sensitive=True)) == ""


def test_where_no_text_is_kept_no_number_has_to_be_kept_out(world):
    found = [
        limits_of(mailbox_of(world.alice, capture_mode=mode, address=f"{mode}@ours.test"))
        for mode in ("full", "headers")
    ]

    assert [each.keeps_sensitive for each in found] == [False, True]
