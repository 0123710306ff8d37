"""The loop test's mail: whole, in both languages, and known again in whatever coding it comes."""

import quopri
from email import message_from_bytes, policy

import pytest

from backend.capture import loop_mail
from backend.capture.loop_mail import TARGET, Marks
from backend.models.mail import EmailMessage, Participant

AT = "ada@ours.test"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mail_carries_a_picture_and_a_link_and_is_about_nobody(world, language):
    stamped, marks = loop_mail.stamp(world.alice, AT, language, world.host)

    raw = loop_mail.letter(AT, language, stamped.html)

    read = message_from_bytes(raw, policy=policy.default)
    assert (read["From"], read["To"]) == (AT, AT)
    assert read["Message-ID"].endswith("@ours.test>")
    assert [link.url for link in stamped.links] == [TARGET]
    assert loop_mail.missing(raw, marks) == ""
    assert Participant.select().where(Participant.role != "from").count() == 0
    assert EmailMessage.select().count() == 1


@pytest.mark.parametrize(
    ("why", "change", "missing"),
    [
        ("as it left", lambda html: html, ""),
        ("the picture is gone", lambda html: html.replace("/o/", "/x/"), "pixel"),
        ("the link is another", lambda html: html.replace("/c/", "/x/"), "link"),
        ("both are gone", lambda _: "<p>Hello</p>", "pixel"),
    ],
)
def test_what_is_not_in_it_any_more_is_named_also_in_quoted_printable(world, why, change, missing):
    stamped, marks = loop_mail.stamp(world.alice, AT, "en", world.host)
    body = quopri.encodestring(change(stamped.html).encode())
    head = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"

    raw = head + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body

    assert loop_mail.missing(raw, marks) == missing, why


def test_marks_that_are_none_are_missing():
    assert loop_mail.missing(b"", Marks("", "")) == "pixel"
