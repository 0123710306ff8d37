"""Whole mails, ordinary and hostile, as they are read from a mailbox."""

import random
import time
import tracemalloc
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from backend.mail.parsed import MAX_PARTS, parse
from tests.mail.test_growth import MOST, ROUNDS

ORDINARY = b"""\
Message-ID: <1@northwind.test>
In-Reply-To: <0@ours.test>
References: <a@ours.test> <0@ours.test>
From: =?utf-8?q?Carol_M=C3=BCller?= <carol@northwind.test>
To: Alice <alice@ours.test>, bob@ours.test
Cc: leo@martin.test
Subject: =?utf-8?q?Re=3A_Angebot_f=C3=BCr?=
 =?utf-8?q?_Sie?=
Date: Fri, 20 Nov 2026 13:00:00 +0100
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6n
--b
Content-Type: text/html

<p>Nice</p>
--b--
"""


def test_a_mail_tells_who_when_and_what():
    mail = parse(ORDINARY)

    assert (mail.message_id, mail.in_reply_to) == ("<1@northwind.test>", ("<0@ours.test>",))
    assert mail.references == ("<a@ours.test>", "<0@ours.test>")
    assert (mail.sender.name, mail.sender.address) == ("Carol Müller", "carol@northwind.test")
    assert [each.address for each in mail.to] == ["alice@ours.test", "bob@ours.test"]
    assert [each.address for each in mail.cc] == ["leo@martin.test"]
    assert mail.subject == "Re: Angebot für Sie"
    assert mail.sent_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert (mail.text.strip(), mail.html.strip()) == ("Schön", "<p>Nice</p>")


def test_an_address_within_an_encoded_name_is_only_a_name():
    name = "=?utf-8?b?Ym9zc0BvdXJzLnRlc3QsIENhcm9s?="  # boss@ours.test, Carol
    mail = parse(f"From: {name} <x@stranger.test>\nTo: {name} <y@stranger.test>\n\n".encode())

    assert (mail.sender.name, mail.sender.address) == ("boss@ours.test, Carol", "x@stranger.test")
    assert [each.address for each in mail.to] == ["y@stranger.test"]


def test_an_attached_mail_or_text_is_not_the_body():
    outer, inner = EmailMessage(), EmailMessage()
    inner.set_content("inner")
    outer.set_content("outer")
    outer.add_attachment(inner)
    outer.add_attachment("notes", filename="notes.txt")

    assert parse(outer.as_bytes()).text.strip() == "outer"


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 25:00:00", "0" * 5_000])
def test_a_date_that_is_none_is_none(date):
    assert parse(f"Date: {date}\n\n".encode()).sent_at is None


def nested(depth):
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="b{number}"\n\n--b{number}\n'
        for number in range(depth)
    )
    return f"Subject: deep\n{head}\nend\n".encode()


HOSTILE = {
    "nothing": b"",
    "no headers": b"\n\nhello",
    "only NUL": b"\0" * 10_000,
    "3,000 nested parts": nested(3_000),
    "too many parts": b"Content-Type: multipart/mixed; boundary=b\nSubject: wide\n\n"
    + b"--b\n\nx\n" * (2 * MAX_PARTS),
    "unknown charset": b"Content-Type: text/plain; charset=klingon\nSubject: x\n\nhi \xff\n",
    "broken encoded words": b"Subject: =?utf-8?b?!!!?= =?x?q?=ff?= =?utf-8?q?=?=\n\n",
    "a charset of bytes": b"Content-Type: text/plain; charset=\xff\xfe\n\nhi\n",
    "a charset with a NUL": b"Content-Type: text/plain; charset=u\0x\nSubject: x\n\nhi \xff\n",
    "base64 that is none": b"Content-Transfer-Encoding: base64\n\n" + b"@" * 10_000,
    "20,000 recipients": b"To: " + b"u@x.test,\n " * 20_000 + b"\n\nhi",
    "a header of a megabyte": b"Subject: " + b"=?" * 500_000 + b"\n\nhi",
    "a domain nobody has": b"From: a@[\n\n",
    "parameters that do not end": b'Content-Type: text/plain; a="' + b"\\" * 50_000 + b"\n\nhi",
    "numbered parameters": b"Content-Type: text/plain" + b"; a*0*=x" * 2_000 + b"\n\nhi",
    "lone surrogates": "Subject: \udcff\n\n\udcff".encode("utf-8", "surrogatepass"),
    "no colon": b"Subject\nFrom\n\n",
    "10 MB of text": b"From: a@b.test\n\n" + b"hello 4111 world " * 600_000,
    "10 MB of base64": b"Content-Transfer-Encoding: base64\n\n" + b"QUFBQUFBQUFB\n" * 760_000,
    "nothing but <": b"Content-Type: text/html\n\n" + b"<" * 2_000_000,
    "styles that do not end": b"Content-Type: text/html\n\n" + b"<style>" * 280_000,
}
MOST_BYTES = 200_000_000  # of memory for one mail


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_is_read_as_far_as_it_goes(raw):
    mail = parse(raw)

    mail.text.encode()
    mail.subject.encode()
    assert mail.header("subject") == mail.subject


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_takes_a_bounded_memory(raw):
    tracemalloc.start()
    parse(raw).plain()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < MOST_BYTES


@pytest.mark.parametrize("piece", ["<", "<a ", "<style>", "<!--", "<p>x", "</script "])
def test_work_for_a_plain_text_grows_with_the_mail(piece):
    def seconds(count):
        mail = parse(b"Content-Type: text/html\n\n" + piece.encode() * count)
        begun = time.process_time()
        mail.plain()
        return max(time.process_time() - begun, 0.001)

    assert any(seconds(80_000) / seconds(20_000) < MOST for _ in range(ROUNDS))


def test_the_plain_text_of_html_has_no_tags_styles_and_scripts():
    html = b"<style>x{}</style><p title='y'>Hello <b>Ann</b></p><SCRIPT>z()</SCRIPT >!<style>never"
    mail = parse(b"Content-Type: text/html\n\n" + html)

    assert mail.plain().split() == ["Hello", "Ann", "!"]


def test_mutilated_mails_never_raise():
    chance = random.Random(7)
    pieces = [b"\0", b"\xff", b"\r", b"--b", b"=?", b'"', b"(", b"<", b";", b"Content-Type: "]
    for _ in range(1_500):
        raw = bytearray(ORDINARY)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 8)] = chance.choice(pieces)

        parse(bytes(raw)).text.encode()
