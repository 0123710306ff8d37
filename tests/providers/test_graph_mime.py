"""A message of Graph's read as a mail, whatever Graph or a sender puts into it."""

from datetime import UTC, datetime

import pytest

from backend.mail.auto_reply import Kind, kind_of
from backend.mail.parsed import parse
from backend.providers import graph_mime
from tests.fakes.graph_payloads import MESSAGE


def headers(**named):
    return [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]


def who(name, address):
    return {"emailAddress": {"name": name, "address": address}}


def test_microsofts_own_example_is_read():
    mail = parse(graph_mime.mime_of(MESSAGE))

    assert mail.subject == "9/9/2018: concert"
    assert mail.message_id == "<MWHPR6E1BE060@MWHPR1120.namprd22.prod.outlook.com>"
    assert mail.sender.address == "adelev@contoso.com"
    assert [each.address for each in mail.to] == ["alexw@contoso.com"]
    assert mail.sent_at == datetime(2018, 9, 9, 3, 15, 6, tzinfo=UTC)
    assert "The group represents Nevada." in mail.html


@pytest.mark.parametrize(
    "changes",
    [
        {"from": None, "sender": None},
        {"from": {}},
        {"toRecipients": None, "ccRecipients": [{}], "bccRecipients": [{"emailAddress": None}]},
        {"body": None},
        {"body": {"contentType": "html", "content": None}},
        {"body": {"contentType": "html", "content": "\ud800 broken"}},
        {"subject": None, "internetMessageId": None, "sentDateTime": "yesterday"},
        {"internetMessageHeaders": None},
        {"internetMessageHeaders": [{}, {"name": None}, {"name": "X", "value": None}]},
        {"internetMessageHeaders": headers(**{"X\r\nBcc": "evil@x.test"})},
        {"subject": "a\r\nBcc: evil@x.test\r\n\r\nbody"},
        {"toRecipients": [who('x" <evil@x.test>, "', "a@x.test")]},
        {"toRecipients": [who("x", "a@x.test>\r\nBcc: e@x.test")]},
        {"toRecipients": [who("n", f"{n}@x.test") for n in range(9_000)]},
    ],
)  # fmt: skip
def test_nothing_breaks_it_and_nobody_gets_on_it_who_is_not(changes):
    mail = parse(graph_mime.mime_of(MESSAGE | changes))

    everyone = {each.address for each in (*mail.to, *mail.cc, *mail.bcc)}
    assert not everyone & {"evil@x.test", "e@x.test"}


def test_plain_text_stays_plain():
    body = {"contentType": "text", "content": "a < b"}

    mail = parse(graph_mime.mime_of(MESSAGE | {"body": body}))

    assert (mail.text.strip(), mail.html) == ("a < b", "")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.AUTO_REPLY, headers(Auto_Submitted="auto-replied")),
        (Kind.AUTOMATED, headers(List_Id="<news.x.test>")),
        (Kind.PERSON, headers(Received="from mx")),
    ],
)
def test_what_kind_of_mail_it_is_can_still_be_told(kind, told):
    mail = parse(graph_mime.mime_of(MESSAGE | {"internetMessageHeaders": told}))

    assert kind_of(mail) is kind


@pytest.mark.parametrize(
    ("why", "changes", "expected"),
    [
        ("a report", headers(Content_Type="multipart/report; report-type=x"), True),
        ("from nobody", headers(Return_Path="<>"), True),
        ("a mail", headers(Content_Type="multipart/mixed"), False),
        ("one with no headers", None, False),
    ],
)
def test_bytes_are_needed_of(why, changes, expected):
    assert graph_mime.is_report(MESSAGE | {"internetMessageHeaders": changes}) is expected


def test_bytes_are_needed_of_what_a_mail_system_writes():
    sender = {"emailAddress": {"name": "", "address": "MAILER-DAEMON@x.test"}}

    assert graph_mime.is_report(MESSAGE | {"from": sender})


@pytest.mark.parametrize(
    ("told", "headed", "word"),
    [("1", "", "Personal"), ("3", "", "Company-Confidential"), ("0", "", ""),
     ("1", "Private", "Private"), ("x", "", "")],
)  # fmt: skip
def test_confidence_is_said_once(told, headed, word):
    named = headers(Sensitivity=headed) if headed else []

    mail = parse(graph_mime.mime_of(MESSAGE | {"internetMessageHeaders": named}, told))

    assert mail.header("sensitivity") == word
