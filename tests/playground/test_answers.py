"""What comes back to a mail, read by the product's own readers."""

import re
from email.header import Header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.mail.auto_reply import Kind, kind_of
from backend.mail.dsn import Action, original_ids, read_bounces
from backend.mail.parsed import parse
from backend.words import Language
from playground import answers
from playground.answers import Original
from playground.gmail_mail import Writer
from tests.capture.letters import letter
from tests.world import CAROL

ALICE = "alice@ours.test"
SENT = "<sent.1@playground.localhost>"
TO = Writer(CAROL, "Carol")
LONG = f"<{'long.' * 40}id@ours.test>"
MAKERS = (answers.answer, answers.away, answers.bounce)


def original(to=TO, **changes):
    values = {"sender": f"Alice <{ALICE}>", "to": CAROL, "message_id": SENT} | changes
    return Original.of(letter(**values).as_bytes(), to)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (answers.answer, Kind.PERSON),
        (answers.away, Kind.AUTO_REPLY),
        (answers.bounce, Kind.BOUNCE),
    ],
)
def test_each_is_taken_for_what_it_is(make, kind, language):
    mail = parse(make(original(), language))

    assert mail.is_whole
    assert kind_of(mail) is kind
    assert [each.address for each in mail.to] == [ALICE]
    assert mail.in_reply_to == (SENT,)
    assert mail.message_id not in ("", SENT)
    assert mail.sent_at is not None


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Offer", "Re: Offer"),
        ("Re: Offer", "Re: Offer"),
        ("AW: Angebot", "AW: Angebot"),
        ("Kälte und Käse, " * 12 + "weiter", f"Re: {'Kälte und Käse, ' * 12}weiter"),
    ],
)
def test_an_answer_keeps_the_subject_once(subject, answered):
    mail = f"From: {ALICE}\nMessage-ID: {SENT}\nSubject: {Header(subject).encode()}\n\nHi".encode()

    assert parse(answers.answer(Original.of(mail, TO), "en")).subject == answered


def test_an_answer_quotes_the_first_lines():
    text = "Hello Carol,\n\nhere is our offer.\n" + "More words. " * 100

    mail = parse(answers.answer(original(text=text), "en"))

    quoted = [line for line in mail.text.splitlines() if line.startswith("> ")]
    assert quoted[0].startswith("> Hello Carol, here is our offer. More words.")
    assert len(quoted) == answers.QUOTED
    assert re.search(r"On \w{3}, .+, Alice wrote:\s", mail.text)
    assert mail.sender.name == "Carol"


def test_an_answer_names_its_whole_thread():
    mail = letter(sender=ALICE, to=CAROL, message_id=SENT)
    mail["References"] = "<first@x.test> <second@x.test>"

    found = parse(answers.answer(Original.of(mail.as_bytes(), TO), "en"))

    assert found.references == ("<first@x.test>", "<second@x.test>", SENT)


def test_a_long_thread_keeps_its_first_mail_and_its_last():
    ids = [f"<{number}@x.test>" for number in range(50)]
    mail = letter(sender=ALICE, to=CAROL, message_id=LONG)
    mail["References"] = " ".join(ids)

    found = parse(answers.answer(Original.of(mail.as_bytes(), TO), "en"))

    assert found.references == (ids[0], *ids[-answers.MAX_IDS + 1 :], LONG)
    assert found.in_reply_to == (LONG,)


def test_a_bounce_says_who_is_unknown_and_which_mail_came_back():
    mail = parse(answers.bounce(original(), "de"))

    (found,) = read_bounces(mail)
    assert (found.recipient, found.action, found.code) == (CAROL, Action.FAILED, "5.1.1")
    assert found.is_hard
    assert original_ids(mail)[0] == SENT
    assert mail.sender.address == "mailer-daemon@" + CAROL.partition("@")[2]
    assert b"Subject: Offer" in answers.bounce(original(), "de")


@pytest.mark.parametrize("make", MAKERS)
def test_a_mail_that_has_no_id_is_answered_without_one(make):
    headers = {"References": "<first@x.test>"}

    alone = parse(make(original(message_id=""), "en"))
    in_thread = parse(make(original(message_id="", headers=headers), "en"))

    assert (alone.in_reply_to, alone.references) == ((), ())
    assert (in_thread.in_reply_to, in_thread.references) == ((), ("<first@x.test>",))


ODD = st.one_of(st.text(max_size=80), st.sampled_from(["\r\nBcc: eve@x.test", "a, b <c@d>", '"']))


@settings(max_examples=60)
@given(
    make=st.sampled_from(MAKERS),
    name=ODD,
    lines=st.lists(st.tuples(st.sampled_from(["Subject", "Date", "References"]), ODD), max_size=4),
    rest=st.binary(max_size=200),
)
def test_whatever_a_mail_says_its_answer_is_a_plain_mail(make, name, lines, rest):
    head = "".join(f"{key}: {value}\n" for key, value in lines).encode("utf-8", "surrogatepass")
    raw = f"From: Alice <{ALICE}>\nMessage-ID: {SENT}\n".encode() + head + rest

    made = make(Original.of(raw, Writer(CAROL, name)), "en")

    mail = parse(made)
    assert mail.is_whole
    assert [each.address for each in mail.to] == [ALICE]
    assert mail.sender.address in (CAROL, f"mailer-daemon@{CAROL.partition('@')[2]}")
    assert not mail.has_header("bcc")
    assert max(map(len, made.split(b"\r\n"))) < 998  # RFC 5321 section 4.5.3.1.6
    assert b"\n" not in made.replace(b"\r\n", b"")


@pytest.mark.parametrize("make", MAKERS)
def test_a_large_mail_has_a_small_answer(make):
    made = make(original(subject="x" * 5_000, text="word " * 500_000), "en")

    assert len(made) < 3 * answers.MAX_READ
