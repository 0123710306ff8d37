"""Mail as the playground's Gmail writes it."""

from types import SimpleNamespace

import pytest

from backend.errors import Invalid
from backend.mail.mime import MimeMail, read_mail
from playground.gmail_mail import GmailDraft, without_bcc, written

ALICE = SimpleNamespace(email="alice@ours.test", name="Alice")


def mail_of(draft):
    return written(draft, ALICE, draft.recipients())


def test_it_is_text_beside_html_in_quoted_printable():
    draft = GmailDraft(
        "Zo\u00eb <z@x.test>; b@y.test", "Gr\u00fc\u00dfe", "<p>H\u00e9llo <b>you</b></p>"
    )

    mail = mail_of(draft)

    text, html = mail.iter_parts()
    assert text.get_content().strip() == "H\u00e9llo you"
    assert html["Content-Transfer-Encoding"] == "quoted-printable"
    assert (mail["To"], mail["Subject"]) == ("Zo\u00eb <z@x.test>, b@y.test", "Gr\u00fc\u00dfe")
    assert isinstance(read_mail(mail.as_bytes()), MimeMail)


HEAD = b"To: a@b.test\nbcc: c@d.test,\n e@f.test\nSubject: x\n\n"
BARE = b"To: a@b.test\nSubject: x\n\n"
BODY = b"Hello\nbcc: in the text\n\nBcc: again\n"


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        ("it is in the header", HEAD + BODY, BARE + BODY),
        ("it is not", BARE + BODY, BARE + BODY),
        ("there is no header", b"\n" + BODY, b"\n" + BODY),
        ("there is no body", HEAD[:-1], BARE[:-1]),
    ],
)
@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_only_the_header_loses_its_bcc(line, why, before, after):
    assert without_bcc(before.replace(b"\n", line)) == after.replace(b"\n", line), why


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b@c", ", ".join(f"p{number}@x.test" for number in range(101))]
)
def test_it_goes_to_addresses_and_not_to_too_many(to):
    with pytest.raises(Invalid):
        mail_of(GmailDraft(to, "x", "x"))


def test_a_subject_with_a_line_break_is_refused():
    with pytest.raises(Invalid):
        mail_of(GmailDraft("a@b.test", "a\nBcc: c@d.test", "x"))
