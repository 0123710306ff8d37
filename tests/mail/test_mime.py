"""One part of a mail changes, in its own charset and encoding, or nothing does."""

import base64
import time
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.mail.body_kind import Unstampable
from backend.mail.mime import MAX_HTML_BYTES, MimeMail, read_mail
from tests.mail.mails import FOLDER, LEFT, OUTCOMES, READABLE, whole_mail

ADDED = '<img src="https://track.example/o/x.gif">'


def parts(raw: bytes) -> list[Message]:
    """Every part as the standard library sees it."""
    return list(BytesParser(policy=compat32).parsebytes(raw).walk())


def bodies(raw: bytes) -> list:
    """The decoded bytes of every HTML part."""
    found = []
    for part in parts(raw):
        if part.get_content_type() == "text/html" and not part.is_multipart():
            encoding = str(part.get("content-transfer-encoding", "7bit"))
            del part["content-transfer-encoding"]
            part["content-transfer-encoding"] = encoding.strip()  # blanks around it mean nothing
            found.append(part.get_payload(decode=True))
    return found


def stamped(mail: MimeMail) -> bytes:
    changed = mail.with_html(mail.html.replace("</body>", f"{ADDED}</body>"))
    assert changed is not None
    return changed


def test_every_mail_of_the_set_is_in_the_table():
    assert {path.stem for path in FOLDER.glob("*.eml")} == OUTCOMES.keys()


@pytest.mark.parametrize("name", READABLE)
def test_the_body_is_read_in_its_own_charset(name):
    mail = read_mail(whole_mail(name))

    assert isinstance(mail, MimeMail), mail
    assert "the offer is" in mail.html
    assert "\ufffd" not in mail.html


@pytest.mark.req("R12")
@pytest.mark.parametrize("name", READABLE)
def test_only_the_bytes_of_the_html_part_change(name):
    raw = whole_mail(name)
    mail = read_mail(raw)

    changed = stamped(mail)

    assert changed.startswith(raw[: mail._start])
    assert changed.endswith(raw[mail._end :])
    again = read_mail(changed)
    assert again.html == mail.html.replace("</body>", f"{ADDED}</body>")
    assert (again._charset, again._encoding) == (mail._charset, mail._encoding)
    assert mail.with_html(mail.html) is raw


@pytest.mark.parametrize("name", READABLE)
def test_another_parser_sees_the_same_parts_but_for_what_was_added(name):
    raw = whole_mail(name)
    before, after = parts(raw), parts(stamped(read_mail(raw)))

    kinds = [part.get_content_type() for part in before]
    changed = [
        (old.get_payload(decode=True), new.get_payload(decode=True))
        for old, new in zip(before, after, strict=True)
        if not old.is_multipart() and old.get_payload(decode=True) != new.get_payload(decode=True)
    ]

    assert [part.get_content_type() for part in after] == kinds
    assert [new.replace(ADDED.encode(), b"") == old for old, new in changed] == [True]
    assert [part.items() for part in after] == [part.items() for part in before]


@pytest.mark.parametrize("name", LEFT)
def test_a_mail_that_must_not_be_changed_says_why(name):
    assert read_mail(whole_mail(name)) == OUTCOMES[name]


def html_mail(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in fields)
    return f"From: a@b.test\r\n{head}\r\n".encode() + body


@pytest.mark.parametrize(
    ("why", "fields", "body", "html"),
    [
        (
            "a charset without the character",
            ("Content-Type: text/html; charset=iso-8859-1", "Content-Transfer-Encoding: base64"),
            base64.encodebytes(b"<p>").replace(b"\n", b"\r\n"),
            "<p>\u20ac",
        ),
        ("eight bits in seven", ("Content-Type: text/html; charset=utf-8",), b"<p>", "<p>\u20ac"),
        ("a line of 1,200 characters", ("Content-Type: text/html",), b"<p>", "<p>" + "x" * 1200),
    ],
)
def test_what_charset_or_encoding_cannot_hold_is_not_written(why, fields, body, html):
    assert read_mail(html_mail(body, *fields)).with_html(html) is None, why


@pytest.mark.parametrize(
    ("why", "raw", "reason"),
    [
        ("nothing at all", b"", "text_only"),
        ("a line that is no field", b"no field\r\n\r\n<p>", "unreadable"),
        ("a lone line feed", html_mail(b"a\nb", "Content-Type: text/html"), "unreadable"),
        ("a lone carriage return", html_mail(b"a\rb\r\n", "Content-Type: text/html"), "unreadable"),
        ("a NUL", html_mail(b"<p>\0", "Content-Type: text/html"), "charset"),
        ("a header without end", b"X: " + b"x" * 300_000 + b"\r\n\r\n", "unreadable"),
        ("5,000 fields", b"X: y\r\n" * 5_000 + b"\r\n", "unreadable"),
        ("a folded first line", b" X: y\r\n\r\n", "unreadable"),
        (
            "a codec that is no charset",
            html_mail(b"", "Content-Type: text/html; charset=zip"),
            "charset",
        ),
        ("a space before the colon", b"Content-Type : text/html\r\n\r\n<p>", "unreadable"),
        ("no last delimiter", whole_mail("related_cid").removesuffix(b"--rel--\r\n"), "unreadable"),
        ("an empty content type", html_mail(b"<p>", "Content-Type:"), "unreadable"),
        (
            "a body beyond the bound",
            html_mail(b"x" * (2 * MAX_HTML_BYTES + 1), "Content-Type: text/html"),
            "too_large",
        ),
    ],
)
def test_a_mail_that_is_not_clear_is_left(why, raw, reason):
    assert read_mail(raw) == reason, why


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return opened + b"Content-Type: text/html\r\n\r\n<p>\r\n"


MEGABYTES = 8 * 1024 * 1024
HEAD = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


@pytest.mark.parametrize(
    ("why", "raw"),
    [
        ("3,000 parts in one another", nested(3_000)),
        ("a million parts", HEAD + b"--b\r\n\r\n" * 1_000_000),
        ("delimiters that are none", HEAD + b"--b" * (MEGABYTES // 3)),
        ("white space behind a delimiter", HEAD + b"--b" + b" " * MEGABYTES),
        ("quotes in a parameter", b'Content-Type: text/html; x="' + b'\\"' * 100_000 + b"\r\n\r\n"),
        ("semicolons", b"Content-Type: multipart/mixed" + b";" * 200_000 + b"\r\n\r\n"),
        ("folded lines", b"X: y\r\n" + b" z\r\n" * 50_000 + b"\r\n"),
        ("line ends alone", b"\r\n" * (MEGABYTES // 2)),
        (
            "equals signs in quoted-printable",
            html_mail(
                b"=" * MEGABYTES,
                "Content-Type: text/html",
                "Content-Transfer-Encoding: quoted-printable",
            ),
        ),
    ],
)
def test_hostile_mail_takes_no_time(why, raw):
    start = time.thread_time()  # work, however busy the machine

    read_mail(raw)

    assert time.thread_time() - start < 2, why


@pytest.mark.req("R12")
def test_25_megabytes_of_attachment_are_carried_through():
    attachment = base64.encodebytes(bytes(25 * 1024 * 1024)).replace(b"\n", b"\r\n")
    raw = whole_mail("mixed_attachments").replace(b"JVBERi0xLjQKJcfsj6IK\r\n", attachment)
    start = time.thread_time()  # work, however busy the machine

    changed = stamped(read_mail(raw))

    assert time.thread_time() - start < 2
    assert attachment in changed


BITS = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"--",
        b"--mix",
        b"--rel--",
        b"boundary=",
        b'"',
        b";",
        b":",
        b" ",
        b"=",
    ),
    *(b"Content-Type: text/html\r\n", b"Content-Type: multipart/mixed; boundary=alt\r\n"),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=utf-16",
        b"\xff",
        b"\0",
        b"=3D",
        b"=\r\n",
    ),
)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A mail of the set with a few of its bytes lost, doubled or put in."""
    raw = whole_mail(draw(st.sampled_from(sorted(OUTCOMES))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.sampled_from((0, 0, 1, 3, 20)))
        raw = raw[:at] + draw(st.sampled_from(BITS)) + raw[at + length :]
    return raw


ENCODING = b"Content-Transfer-Encoding: quoted-printable"


@pytest.mark.parametrize("behind", [b";", b'"', b":", b"=", b"=3D", b"\0", b"\xff", b" (or not)"])
def test_a_transfer_encoding_with_anything_behind_it_is_left(behind):
    """Python decodes none of these, other programs do."""
    raw = whole_mail("related_cid").replace(ENCODING, ENCODING + behind)

    assert read_mail(raw) is Unstampable.UNREADABLE


@pytest.mark.parametrize("written", [ENCODING + b" ", ENCODING.replace(b" ", b"\r\n\t")])
def test_white_space_around_a_transfer_encoding_means_nothing(written):
    raw = whole_mail("related_cid").replace(ENCODING, written)

    assert read_mail(raw).html == read_mail(whole_mail("related_cid")).html


@pytest.mark.parametrize("kind", [b"text /html", b"text/ html"])
def test_a_type_with_white_space_in_it_is_left(kind):
    raw = whole_mail("related_cid").replace(b"text/html", kind)

    assert read_mail(raw) is Unstampable.UNREADABLE


def test_a_related_mail_that_ends_before_its_first_part_has_none():
    raw = whole_mail("related_cid").replace(b"--rel\r\n", b"--rel--\r\n", 1)

    assert read_mail(raw) is Unstampable.NOT_HTML


@settings(max_examples=600)
@given(mutants())
def test_what_is_edited_is_what_the_standard_library_sees_too(raw):
    mail = read_mail(raw)

    if isinstance(mail, Unstampable):
        return
    changed = mail.with_html(mail.html + ADDED)
    assert mail.html.encode(mail._charset) in bodies(raw)
    if changed is not None:
        assert (mail.html + ADDED).encode(mail._charset) in bodies(changed)
        assert read_mail(changed).html == mail.html + ADDED


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_left(raw):
    assert isinstance(read_mail(raw), MimeMail | Unstampable)
