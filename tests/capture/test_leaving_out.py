"""The order of the rules by which mail is left out; each rule itself is in test_ingest.py."""

from backend.capture.leaving_out import Limits, Marks, people_of, rule_against
from backend.mail.auto_reply import Kind
from backend.mail.parsed import parse
from tests.capture.letters import letter


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
