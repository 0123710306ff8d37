"""The playground's mail host: real SMTP in, files out."""

import asyncio
import os
import signal
import smtplib
import socket
import subprocess
import sys
from email.message import EmailMessage

import pytest

from backend.errors import SettingsError
from backend.settings import Settings
from playground import mail_host
from playground.inboxes import MAX_MAIL_BYTES, Inboxes
from playground.mail_host import MAX_CONNECTIONS, MAX_RECIPIENTS
from tests.playground.hosting import mail_host_of
from tests.processes import ROOT
from tests.waiting import free_port, is_answering, wait_until


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path, smtp_port=free_port(), secret="s" * 40)


@pytest.fixture
def inboxes(settings):
    with mail_host_of(settings):
        yield Inboxes.of(settings)


@pytest.fixture
def smtp(settings, inboxes):
    with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
        yield client


def a_mail(text="hello", subtype="html"):
    mail = EmailMessage()
    mail["Subject"] = "Offer"
    mail["From"] = "rep@demo.test"
    mail.set_content(text, subtype=subtype)
    return mail


def deliver(settings, mail):
    with smtplib.SMTP("127.0.0.1", settings.smtp_port, timeout=30) as client:
        client.send_message(mail, "rep@demo.test", ["a@x.test"])


def test_a_mail_lies_in_the_inbox_of_each_recipient(smtp, inboxes):
    refused = smtp.send_message(a_mail(), "rep@demo.test", ["carol@north.test", "LEO@north.test"])

    assert refused == {}
    assert {each.address for each in inboxes.all()} == {"carol@north.test", "leo@north.test"}
    (mail_id,) = inboxes.mails("leo@north.test")
    assert b"Delivered-To: LEO@north.test\r\n" in inboxes.open(mail_id)
    assert b"Return-Path: <rep@demo.test>\r\n" in inboxes.open(mail_id)
    assert inboxes.open(mail_id).endswith(b"hello\r\n")


def test_what_a_program_wrote_for_nobody_says_so(smtp, inboxes):
    smtp.send_message(a_mail(), "", ["a@x.test"])

    (mail_id,) = inboxes.mails("a@x.test")
    assert inboxes.open(mail_id).startswith(b"Return-Path: <>\r\n")


def test_an_address_beyond_ascii_is_taken(smtp, inboxes):
    smtp.ehlo()
    smtp.mail("rep@demo.test", ["SMTPUTF8", "BODY=8BITMIME"])
    smtp.rcpt("grüße@north.test")
    smtp.data("Subject: Grüße\r\n\r\nhallo".encode())

    assert [each.address for each in inboxes.all()] == ["grüße@north.test"]


@pytest.mark.parametrize(
    ("why", "command", "code"),
    [
        ("no address", "RCPT TO:<nobody>", 553),
        ("an endless one", f"RCPT TO:<{'a' * 5_000}@x.test>", 500),
        ("a long one", f"RCPT TO:<{'a' * 320}@x.test>", 553),
        ("nothing", "RCPT TO:<>", 553),
        ("an unknown command", "XYZZY", 500),
        ("the host's files", "RCPT TO:<../../etc/passwd>", 553),
    ],
)
def test_what_is_no_address_is_refused(smtp, inboxes, why, command, code):
    smtp.ehlo()
    smtp.mail("rep@demo.test")

    answered, _ = smtp.docmd(command)

    assert answered == code, why
    assert inboxes.all() == []


def test_a_line_break_cannot_be_smuggled_into_a_stored_header(smtp, inboxes):
    smtp.ehlo()
    smtp.mail("rep@demo.test")
    smtp.docmd("RCPT TO:<a\x0bX-Forged: 1@x.test>")

    assert inboxes.all() == []


def test_only_so_many_recipients_are_taken(smtp, inboxes):
    addresses = [f"a{number}@x.test" for number in range(MAX_RECIPIENTS + 1)]

    refused = smtp.send_message(a_mail(), "rep@demo.test", addresses)

    assert [code for code, _ in refused.values()] == [452]
    assert len(inboxes.all()) == MAX_RECIPIENTS


def test_a_mail_that_is_too_large_is_refused(settings, inboxes):
    mail = a_mail(("x" * 70 + "\n") * (MAX_MAIL_BYTES // 70), "plain")

    with pytest.raises(smtplib.SMTPResponseException) as refused:
        deliver(settings, mail)

    assert refused.value.smtp_code == 552
    assert inboxes.all() == []


def test_a_full_playground_says_so(settings, tmp_path):
    folder = tmp_path / "playground" / ("0" * 32)
    folder.mkdir(parents=True)
    with (folder / "old.eml").open("wb") as file:
        file.truncate(256 * 1024 * 1024)

    with mail_host_of(settings), pytest.raises(smtplib.SMTPDataError) as refused:
        deliver(settings, a_mail())

    assert refused.value.smtp_code == 452
    assert b"full" in refused.value.smtp_error


def test_a_folder_that_cannot_be_written_is_answered_for_now(settings, tmp_path):
    (tmp_path / "playground").write_text("a file where the folder should be")

    with mail_host_of(settings), pytest.raises(smtplib.SMTPDataError) as refused:
        deliver(settings, a_mail())

    assert refused.value.smtp_code == 451


def test_beyond_so_many_connections_the_next_is_turned_away(settings, inboxes):
    address = ("127.0.0.1", settings.smtp_port)
    held = [socket.create_connection(address, timeout=30) for _ in range(MAX_CONNECTIONS)]
    for connection in held:
        assert connection.recv(4) == b"220 "

    with socket.create_connection(address, timeout=30) as one_more:
        assert one_more.recv(100).startswith(b"421 4.7.0")
    for connection in held:
        connection.close()

    def is_open_again():
        with socket.create_connection(address, timeout=30) as next_one:
            return next_one.recv(4) == b"220 "

    wait_until(is_open_again, what="a free place")


def test_it_listens_on_one_loopback_address_only(settings, inboxes):
    with socket.socket() as probe:
        probe.settimeout(2)

        # What listens on every address also answers on the next one of this machine.
        assert probe.connect_ex(("127.0.0.2", settings.smtp_port)) != 0


def test_a_taken_port_is_one_clear_line(settings, inboxes):
    with pytest.raises(SettingsError, match=rf"^SMTP_PORT: 127.0.0.1:{settings.smtp_port} "):
        asyncio.run(mail_host.listen(settings))


def test_it_ends_on_sigterm(settings, tmp_path):
    code = (
        "from backend.settings import Settings; from playground import mail_host; from pathlib"
        f" import Path; mail_host.main(Settings(data_dir=Path({str(tmp_path)!r}),"
        f" smtp_port={settings.smtp_port}, secret='s' * 40))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_until(lambda: is_answering(settings.smtp_port), what="the mail host's answer")

    os.kill(process.pid, signal.SIGTERM)

    assert process.wait(60) == 0
