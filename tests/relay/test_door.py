"""The SMTP session with a peer: who gets in, what is taken, and how the wire is read."""

import asyncio
import base64
import smtplib
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from backend.relay import door
from backend.tracking.stamping import MAX_RECIPIENTS
from tests import programs
from tests.mail.mails import whole_mail
from tests.relay import hosting, hurry
from tests.relay.letters import below, letter, stamps, tokens
from tests.waiting import LOOPBACK, wait_until
from tests.world import CAROL


@pytest.fixture(scope="module")
def database_url():
    return ""  # nothing here depends on the engine


def test_a_stranger_hands_over_nothing(guarded, smarthost):
    settings, _, _ = guarded
    with smtplib.SMTP(LOOPBACK, settings.relay_port) as client:
        client.ehlo()

        assert client.mail("alice@ours.test")[0] == 530
        assert not client.has_extn("auth")  # not before TLS
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538
    assert smarthost.sessions == 0


def test_who_signs_in_over_tls_may_send_for_our_domains_only(guarded, smarthost):
    settings, password, context = guarded
    with smtplib.SMTP(LOOPBACK, settings.relay_port) as client:
        client.starttls(context=context)
        client.login("crm", password)
        client.sendmail("alice@ours.test", [CAROL], letter())

        assert client.mail("alice@evil.test")[0] == 550
    assert len(smarthost.taken) == 1


def test_a_host_may_say_for_whom_it_vouches(guarded, smarthost):
    relay, password, context = guarded
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.starttls(context=context)
        client.login("crm", password)
        for vouched in ("AUTH=<>", "auth=alice@ours.test"):
            client.sendmail("alice@ours.test", [CAROL], letter(message_id=vouched), [vouched])

    assert smarthost.recipients() == [(CAROL,), (CAROL,)]


def test_a_wrong_password_is_refused_and_guessing_ends(guarded):
    settings, password, context = guarded
    with smtplib.SMTP(LOOPBACK, settings.relay_port) as client:
        client.starttls(context=context)
        client.ehlo()
        for _ in range(door.MAX_SIGN_INS):
            assert client.docmd("AUTH", plain("crm", password[:-1]))[0] == 535

        assert client.docmd("AUTH", plain("crm", password))[0] == 421


def plain(name, password):
    return "PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def test_what_was_said_before_tls_does_not_count_behind_it(guarded):
    settings, _, context = guarded
    with socket.create_connection((LOOPBACK, settings.relay_port), 5) as plain:
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\nMAIL FROM:<alice@ours.test>\r\n")
        assert plain.recv(1000).startswith(b"220")
        with context.wrap_socket(plain, server_hostname=LOOPBACK) as secret:
            secret.sendall(b"NOOP\r\n")

            assert secret.recv(1000).startswith(b"250")


@pytest.fixture
def wire(relay):
    """A raw session with the relay, greeted: say(lines) gives what comes back."""
    with (
        socket.create_connection((LOOPBACK, relay.relay_port), 10) as connection,
        connection.makefile("rb") as stream,
    ):

        def say(raw: bytes, answers: int = 1) -> list[bytes]:
            connection.sendall(raw)
            found = []
            while len(found) < answers:
                line = stream.readline()
                assert line, f"the session ended after {found}"
                if line[3:4] != b"-":
                    found.append(line)
            return found

        stream.readline()
        say(b"EHLO client.test\r\n")
        yield say


BEGIN = b"MAIL FROM:<alice@ours.test>\r\nRCPT TO:<carol@northwind.test>\r\nDATA\r\n"


def test_a_whole_mail_may_come_in_one_go(wire, smarthost):
    answers = wire(BEGIN + letter() + b".\r\n" + BEGIN + letter(message_id="two") + b".\r\n", 8)

    assert [line[:3] for line in answers] == [b"250", b"250", b"354", b"250"] * 2
    assert len(smarthost.taken) == 2


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("a lone line feed before a dot", b"x\n.\r\nMAIL FROM:<evil@ours.test>\r\n"),
        ("a lone line feed after a dot", b"x\r\n.\nMAIL FROM:<evil@ours.test>\r\n"),
        ("a lone carriage return", b"x\r.\rMAIL FROM:<evil@ours.test>\r\n"),
        ("two of them", b"x\r\n.\r\r\nRCPT TO:<x@y.test>\r\n"),
    ],
)
def test_no_second_mail_is_smuggled_in_behind_a_lone_line_end(wire, smarthost, why, body):
    *_, verdict = wire(BEGIN + letter() + body + b"\r\n.\r\n", 4)

    assert verdict.startswith(b"550 5.6.0"), why
    assert smarthost.taken == []
    assert wire(b"NOOP\r\n")[0].startswith(b"250")


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("a dot alone", b"a\r\n..\r\nb\r\n"),
        ("dots in front", b"..a\r\n...b\r\n"),
        ("a dot as the first line", b"..\r\n"),
        ("a NUL", b"a\0b\r\n"),
        ("every byte there is", bytes(set(range(256)) - {10, 13}) + b"\r\n"),
        ("a line of 5,000 characters", b"x" * 5_000 + b"\r\n"),
        ("nothing", b""),
    ],
)
def test_a_mail_arrives_as_it_was_meant(wire, smarthost, why, body):
    head = b"From: stranger@else.test\r\n\r\n"

    wire(BEGIN.replace(b"alice", b"stranger") + head + body + b".\r\n", 4)

    meant = body.replace(b"\r\n.", b"\r\n")
    meant = meant[1:] if meant.startswith(b".") else meant
    assert below(smarthost.taken[0].content) == head + meant, why


def test_eight_bit_headers_do_not_hinder(send, smarthost):
    raw = letter().replace(b"Subject: Offer", "Subject: Café ☕".encode() + b" \xff\xfe")

    send(raw)

    assert tokens(smarthost.taken[0].content)
    assert raw.partition(b"\r\n\r\n")[0] in smarthost.taken[0].content


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"MAIL FROM:<alice>\r\n", b"553"),
        (b"MAIL FROM:<a b@ours.test>\r\n", b"553"),
        (b"MAIL FROM:<" + b"a" * 400 + b"@ours.test>\r\n", b"553"),
        (b"RCPT TO:<carol@northwind.test>\r\n", b"503"),
        (b"DATA\r\n", b"503"),
        (b"MAIL FROM:<alice@ours.test> SIZE=99999999999\r\n", b"552"),
        (b"VRFY alice\r\n", b"252"),
        (b"EXPN all\r\n", b"502"),
        (b"NONSENSE\r\n", b"500"),
        (b"\xff\xff\r\n", b"500"),
    ],
)
def test_what_cannot_be_is_refused(wire, line, code):
    assert wire(line)[0][:3] == code


def test_a_recipient_that_is_no_address_is_refused_here(wire, smarthost):
    wire(b"MAIL FROM:<alice@ours.test>\r\n")

    assert wire(b"RCPT TO:<no-address>\r\n")[0][:3] == b"553"
    assert smarthost.sessions == 0


def test_a_notice_without_sender_goes_on(wire, smarthost):
    raw = b"From: postmaster@else.test\r\n\r\nx\r\n.\r\n"

    wire(BEGIN.replace(b"alice@ours.test", b"") + raw, 4)

    assert smarthost.taken[0].mail_from == "<>"


@pytest.fixture
def small(onward, world):
    """A relay that takes mails of 100 kB."""
    with hosting.relay(onward.model_copy(update={"relay_max_bytes": 100_000})) as running:
        yield running


def test_a_mail_that_is_too_large_is_refused_and_the_next_is_taken(small, smarthost):
    with smtplib.SMTP(LOOPBACK, small.relay_port) as client:
        client.ehlo("x")
        client.esmtp_features.pop("size")  # a client that does not say how large it is
        with pytest.raises(smtplib.SMTPDataError) as error:
            client.sendmail("alice@ours.test", [CAROL], letter("x" * 300_000))
        assert error.value.smtp_code == 552
        client.sendmail("alice@ours.test", [CAROL], letter())

    assert len(smarthost.taken) == 1


@pytest.mark.req("R12")
def test_25_megabytes_of_attachment_go_through_with_the_body_stamped(send, smarthost):
    attachment = base64.encodebytes(bytes(range(256)) * (4 * 25 * 1024)).replace(b"\n", b"\r\n")
    raw = whole_mail("mixed_attachments").replace(b"JVBERi0xLjQKJcfsj6IK\r\n", attachment)

    send(raw)

    assert attachment in smarthost.taken[0].content
    assert smarthost.taken[0].content.count(b"/o/") == 1


def test_a_slow_smarthost_is_waited_for(send, smarthost):
    smarthost.before = lambda _verb: asyncio.sleep(0.3)

    send(letter())

    assert len(smarthost.taken) == 1


def test_beyond_so_many_recipients_the_rest_comes_in_another_mail(wire, smarthost):
    wire(b"MAIL FROM:<alice@ours.test>\r\n")
    for number in range(MAX_RECIPIENTS):
        assert wire(b"RCPT TO:<p%d@else.test>\r\n" % number)[0][:3] == b"250"

    assert wire(b"RCPT TO:<one-more@else.test>\r\n")[0][:3] == b"452"


def test_beyond_so_many_peers_the_next_is_turned_away(relay):
    held = [
        socket.create_connection((LOOPBACK, relay.relay_port), 10)
        for _ in range(door.MAX_CONNECTIONS)
    ]
    try:
        assert all(connection.recv(100)[:3] == b"220" for connection in held)
        with socket.create_connection((LOOPBACK, relay.relay_port), 10) as next_one:
            assert next_one.recv(100)[:3] == b"421"
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("nothing", b""),
        ("only its name", b"EHLO x\r\n"),
        ("half a mail", b"EHLO x\r\n" + BEGIN + letter()[:40]),
    ],
)
def test_a_peer_that_says_no_more_is_not_waited_for(onward, world, smarthost, why, said):
    patient = onward.model_copy(update={"relay_timeout_s": 600})
    with (
        hosting.relay(patient, hurry.loop) as relay,
        socket.create_connection((LOOPBACK, relay.relay_port), 20) as silent,
        suppress(ConnectionResetError),
    ):
        silent.sendall(said)
        while silent.recv(1000):  # until the relay has closed the session
            pass

    assert smarthost.taken == []


def test_a_stranger_who_keeps_talking_is_not_waited_for(onward, world, smarthost):
    with (
        hosting.relay(onward, hurry.loop) as relay,
        socket.create_connection((LOOPBACK, relay.relay_port), 20) as idle,
        suppress(ConnectionError),
    ):
        idle.recv(1000)
        for _ in range(10_000):  # a second's work at least: a thousand of the relay's
            idle.sendall(b"NOOP\r\n")
            if not idle.recv(1000):
                return
        pytest.fail("the stranger is still there")


def test_a_slow_client_hinders_nobody(relay, send, smarthost):
    with socket.create_connection((LOOPBACK, relay.relay_port), 10) as slow:
        slow.sendall(b"EHLO x\r\n" + BEGIN + letter()[:40])

        send(letter(message_id="other"))

        assert len(smarthost.taken) == 1


def test_a_peer_that_leaves_in_the_middle_of_a_mail_has_sent_none(relay, send, smarthost):
    with socket.create_connection((LOOPBACK, relay.relay_port), 10) as leaving:
        leaving.sendall(b"EHLO x\r\n" + BEGIN + letter()[:40])
        leaving.recv(1000)

    send(letter(message_id="other"))

    assert len(smarthost.taken) == 1


def test_a_peer_that_leaves_before_our_answer_finds_its_mail_accepted(relay, send, smarthost):
    with socket.create_connection((LOOPBACK, relay.relay_port), 10) as leaving:
        leaving.sendall(b"EHLO x\r\n" + BEGIN + letter() + b".\r\n")
        wait_until(lambda: smarthost.taken)
    wait_until(lambda: stamps() and stamps()[0][0] == "sent")

    send(letter())

    assert len(smarthost.taken) == 1


@pytest.mark.req("R12")
def test_many_peers_at_once_are_all_served(relay, send, smarthost):
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda n: send(letter(message_id=f"n{n}")), range(40)))

    assert len(smarthost.taken) == 40
    assert len(stamps()) == 40


@pytest.mark.parametrize("options", [[], ["--pipeline"]], ids=["plain", "pipelined"])
def test_swaks_sends_through_us(relay, smarthost, tmp_path, options):
    path = tmp_path / "mail.eml"
    path.write_bytes(letter().replace(b"\r\n", b"\n"))

    done = subprocess.run(
        [
            *(programs.path_of("swaks"), "--server", f"{LOOPBACK}:{relay.relay_port}"),
            *("--from", "alice@ours.test", "--to", CAROL, "--data", f"@{path}", *options),
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 0, done.stdout
    assert tokens(smarthost.taken[0].content)
